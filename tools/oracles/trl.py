"""Runs the loss of TRL's GRPOTrainer and RLOOTrainer, and their advantages, and writes what they give.

    python tools/oracles/trl.py FOLDER        FOLDER: the unpacked wheel (see README.md)
"""

import torch

from from_trl import COMPONENTS, advantages, grpo_advantages, loss, rloo_advantages, rloo_loss, root, stand_in, write
from shared import AT_THE_BOUND, BATCHES, LENGTH_OPTIONS, LENGTHS, RULE_SCORES, RULE_WEIGHTS, SCORES, definitions, plain, tensors, value_and_gradient

# ---------------------------------------------------------------- losses

def cases(names, *variants):
    return [{"batch": name, "options": options, **loss(BATCHES[name], options)} for options in variants for name in names]


bound = {"epsilon": AT_THE_BOUND["low"], "epsilon_high": AT_THE_BOUND["high"]}
write(
    f"{COMPONENTS}/surrogate/fixtures/trl-clip.json",
    "GRPOTrainer._compute_loss",
    [
        *cases(BATCHES, {"epsilon": 0.2}, {"epsilon": 0.2, "epsilon_high": 0.28, "delta": 1.5}),
        *cases(["atTheBound"], bound, {"epsilon": 0.1, "delta": 1 + AT_THE_BOUND["high"]}),
        *cases(["outside", "twoHundred"], {"epsilon": 0.2, "dtype": "float32"}, {"epsilon": 0.2, "epsilon_high": 0.28, "delta": 1.5, "dtype": "float32"}),
    ],
    batches=BATCHES,
)
write(
    f"{COMPONENTS}/surrogate/fixtures/trl-cispo.json",
    "GRPOTrainer._compute_loss",
    cases(BATCHES, {"loss_type": "cispo", "epsilon_high": 5.0}, {"loss_type": "cispo"}),
    batches=BATCHES,
)
write(
    f"{COMPONENTS}/ratio/fixtures/trl-gspo.json",
    "GRPOTrainer._compute_loss",
    cases(
        BATCHES,
        {"loss_type": "grpo", "importance_sampling_level": "sequence", "epsilon": 0.2},
        {"loss_type": "grpo", "importance_sampling_level": "sequence", "epsilon": 3e-4, "epsilon_high": 4e-4},
    ),
    batches=BATCHES,
)
# On policy the surrogate is −A, whatever the ratio: what is left is the aggregation, and ∂loss/∂log π = −A·weight.
aggregated = {name: BATCHES[name] for name in ("onPolicy", "ordinary")}
aggregated["empty"] = {**BATCHES["onPolicy"], "mask": [[0] * 5 for _ in range(6)]}
aggregated["oneToken"] = {**BATCHES["onPolicy"], "mask": [[1 if (i, t) == (1, 0) else 0 for t in range(5)] for i in range(6)]}
write(
    f"{COMPONENTS}/aggregate/fixtures/trl-aggregate.json",
    "GRPOTrainer._compute_loss",
    [
        {"batch": name, "options": {"loss_type": kind}, **loss(made, {"loss_type": kind})}
        for kind in ("grpo", "bnpo", "dr_grpo", "dapo", "luspo")
        for name, made in aggregated.items()
    ],
    batches=aggregated,
)

# ---------------------------------------------------------------- KL: with A = 0 the loss is β·k3, aggregated

LOG_RATIOS = [0.0, 0.0009765625, -0.0009765625, 0.5, -0.5, 2.0, -2.0, 5.0, -5.0, 10.0, -10.0, 12.0, -12.0, 20.0, -20.0, 30.0, -30.0, 200.0]


def kl(x):
    made = {"logProbs": [[-1.0]], "oldLogProbs": [[-1.0]], "refLogProbs": [[-1.0 - x]], "advantages": [[0.0]], "mask": [[1]]}
    return loss(made, {"beta": 1.0})


found = [kl(x) for x in LOG_RATIOS]
write(
    f"{COMPONENTS}/kl/fixtures/trl-kl.json",
    "GRPOTrainer._compute_loss with A = 0 and beta = 1, one token at a time",
    [{"estimator": "k3", "logRatios": LOG_RATIOS, "kl": [k["loss"] for k in found], "gradient": [k["gradient"][0][0] for k in found]}],
)

# ---------------------------------------------------------------- advantages, one number a response

alone = ([1.0, 0.0, 0.5], [0, 1, 2])
write(
    f"{COMPONENTS}/advantage/fixtures/trl-groups.json",
    "statements of GRPOTrainer._generate_and_score_completions and RLOOTrainer._generate_and_score_completions",
    [
        {"batch": name, "trainer": of, "options": options, "advantages": plain(advantages(code, scores, ids, options))}
        for of, code, options in [
            ("grpo", grpo_advantages, {"scale_rewards": "group"}),
            ("grpo", grpo_advantages, {"scale_rewards": "batch"}),
            ("grpo", grpo_advantages, {"scale_rewards": "none"}),
            ("rloo", rloo_advantages, {}),
            ("rloo", rloo_advantages, {"normalize_advantages": True}),
        ]
        for name, (scores, ids) in {**SCORES, "singletons": alone}.items()
    ],
    batches={name: {"scores": scores, "groupIds": ids} for name, (scores, ids) in {**SCORES, "singletons": alone}.items()},
    note="batch scaling needs no group; singletons happen in evaluation only",
)

# ---------------------------------------------------------------- GDPO: each rule's scores normalised by themselves


def gdpo(scores, ids, weights):
    options = {"multi_objective_aggregation": "normalize_then_sum", "reward_weights": weights}
    return {"options": options, "advantages": plain(advantages(grpo_advantages, list(zip(*scores.values())), ids, options))}


write(
    "core/src/training/rl/fixtures/trl-gdpo.json",
    "statements of GRPOTrainer._generate_and_score_completions",
    [{"batch": name, **gdpo(scores, ids, weights)} for weights in RULE_WEIGHTS for name, (scores, ids) in RULE_SCORES.items()],
    batches={name: {"scores": scores, "groupIds": ids} for name, (scores, ids) in RULE_SCORES.items()},
    note="one number a response; weights in the order of the rules; a rule's NaN counts as nothing",
)

# ---------------------------------------------------------------- RLOO's loss: one ratio a response, exp of the sum

rloo_batches = {name: BATCHES[name] for name in ("constantAdvantage", "thirty")}
rloo_batches["oneTokenEach"] = {
    name: [row[:1] for row in rows[:3]] for name, rows in BATCHES["constantAdvantage"].items()
}


def rloo(made):
    b = tensors(made)
    inputs = {
        **{name: torch.zeros(b["mask"].shape, dtype=torch.long) for name in ("prompt_ids", "prompt_mask", "completion_ids")},
        "completion_mask": b["mask"],
        "advantages": b["advantages"][:, 0],
        "old_logps": (b["oldLogProbs"] * b["mask"]).sum(1),
    }
    return value_and_gradient(lambda lp: rloo_loss(stand_in(lp, {}), None, inputs), b["logProbs"])


write(
    f"{COMPONENTS}/ratio/fixtures/trl-rloo.json",
    "RLOOTrainer._compute_loss",
    [{"batch": name, "options": {"epsilon": 0.2}, **rloo(made)} for name, made in rloo_batches.items()],
    batches=rloo_batches,
)

# ---------------------------------------------------------------- overlong: what is added to the score of a response of each length

punish = definitions(root / "trl/rewards/other_rewards.py", ["_SoftOverlongPunishment"], {})["_SoftOverlongPunishment"]
write(
    f"{COMPONENTS}/sampler/fixtures/trl-overlong.json",
    "get_soft_overlong_punishment",
    [
        {"options": options, "lengths": LENGTHS, "penalties": punish(options["longest"], options["buffer"])([[0] * n for n in LENGTHS])}
        for options in LENGTH_OPTIONS
    ],
)
