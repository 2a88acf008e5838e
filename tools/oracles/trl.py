"""Runs the loss of TRL's GRPOTrainer and RLOOTrainer, and their advantages, and writes what they give.

    python tools/oracles/trl.py FOLDER        FOLDER: the unpacked wheel (see README.md)

The losses are methods, called with a stand-in for self that returns the log-probabilities it is given. The advantages are statements within a
long method; those statements alone are compiled and run.
"""

import sys
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import torch

from shared import AT_THE_BOUND, BATCHES, SCORES, definitions, fixture, methods, plain, statements, tensors, value_and_gradient

root = Path(sys.argv[1])
VERSION = next(root.glob("trl-*.dist-info")).name.removeprefix("trl-").removesuffix(".dist-info")
COMPONENTS = "core/src/components"
trainer = root / "trl/trainer"

utils = definitions(trainer / "utils.py", ["nanmin", "nanmax", "nanstd"], {})
helpers = {name: utils[name] for name in ("nanmin", "nanmax", "nanstd")}
grpo_loss = methods(trainer / "grpo_trainer.py", "GRPOTrainer", ["_compute_loss"], helpers)["_compute_loss"]
rloo_loss = methods(trainer / "rloo_trainer.py", "RLOOTrainer", ["_compute_loss"], helpers)["_compute_loss"]
grpo_advantages = statements(trainer / "grpo_trainer.py", "GRPOTrainer", "_generate_and_score_completions", "unscorable_mask", "advantages")
rloo_advantages = statements(trainer / "rloo_trainer.py", "RLOOTrainer", "_generate_and_score_completions", "unscorable_mask", "advantages")


def write(path, function, cases, **more):
    fixture(path, "TRL", VERSION, function, cases, script="trl.py", **more)


# ---------------------------------------------------------------- losses

DEFAULTS = {"loss_type": "dapo", "epsilon": 0.2, "epsilon_high": None, "delta": None, "beta": 0.0, "importance_sampling_level": "token", "max_completion_length": 16}


def stand_in(log_probs, options):
    o = {**DEFAULTS, **options}
    return SimpleNamespace(
        _get_per_token_logps_and_entropies=lambda *_args, **_named: (log_probs, torch.zeros_like(log_probs), None),
        accelerator=SimpleNamespace(gather=lambda x: x, reduce=lambda x, reduction: x, num_processes=1, sync_gradients=True),
        args=SimpleNamespace(delta=o["delta"], use_bias_correction_kl=False, steps_per_generation=1),
        epsilon_low=o["epsilon"],
        epsilon_high=o["epsilon_high"] if o["epsilon_high"] is not None else o["epsilon"],  # as the trainer's __init__ does
        beta=o["beta"],
        loss_type=o["loss_type"],
        importance_sampling_level=o["importance_sampling_level"],
        max_completion_length=o["max_completion_length"],
        current_gradient_accumulation_steps=1,
        top_entropy_quantile=1.0,
        off_policy_mask_threshold=None,
        aux_loss_enabled=False,
        use_vllm=False,
        vllm_importance_sampling_correction=False,
        _entropy_bonus_enabled=False,
        use_adaptive_entropy=False,
        model=SimpleNamespace(training=True),
        _metrics={"train": defaultdict(list)},
    )


def loss(made, options, advantages=None):
    b = tensors(made, torch.float32 if options.get("dtype") == "float32" else torch.float64)
    inputs = {
        **{name: torch.zeros(b["mask"].shape, dtype=torch.long) for name in ("prompt_ids", "prompt_mask", "completion_ids")},
        "completion_mask": b["mask"],
        "advantages": b["advantages"] if advantages is None else advantages,
        "old_per_token_logps": b["oldLogProbs"],
        "ref_per_token_logps": b["refLogProbs"],
        "num_items_in_batch": b["mask"].sum(),
    }
    return value_and_gradient(lambda lp: grpo_loss(stand_in(lp, options), None, inputs), b["logProbs"])


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


def stand_in_for_scores(ids, options):
    return SimpleNamespace(
        num_generations=ids.count(0),
        num_generations_eval=ids.count(0),
        reward_weights=torch.ones(1, dtype=torch.float64),
        reward_funcs=["score"],
        multi_objective_aggregation="sum_then_normalize",
        scale_rewards=options.get("scale_rewards", "group"),
        normalize_advantages=options.get("normalize_advantages", False),
        reward_clip_range=None,
        beta=0.0,
    )


def advantages(code, scores, ids, options):
    names = {
        "torch": torch,
        "device": "cpu",
        "nanstd": utils["nanstd"],
        "rewards_per_func": torch.tensor(scores, dtype=torch.float64).unsqueeze(1),
        "num_generations": ids.count(0),
        "mode": "train",
        "self": stand_in_for_scores(ids, options),
    }
    exec(code, names)
    return names["advantages"]


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

# ---------------------------------------------------------------- GRPO from scores to the gradient


def whole(scores, options):
    ids = [0, 0, 0, 1, 1, 1]
    found = advantages(grpo_advantages, scores, ids, {})
    return {"options": options, "advantages": plain(found), **loss(BATCHES["ordinary"], options, found)}


whole_scores = {"ordinary": [1.0, 0.0, 0.5, 0.75, -2.0, 14.0], "equal": [0.5, 0.5, 0.5, 0.1, 0.1, 0.1]}
without_advantages = {name: rows for name, rows in BATCHES["ordinary"].items() if name != "advantages"}
write(
    "algo-grpo/src/fixtures/trl-grpo.json",
    "statements of GRPOTrainer._generate_and_score_completions, GRPOTrainer._compute_loss",
    [
        {"batch": name, **whole(scores, options)}
        for options in ({"loss_type": "grpo", "beta": 0.04}, {"loss_type": "dapo", "beta": 0.0}, {"loss_type": "dr_grpo", "beta": 0.0})
        for name, scores in whole_scores.items()
    ],
    batches={name: {"scores": scores, "groupIds": [0, 0, 0, 1, 1, 1], **without_advantages} for name, scores in whole_scores.items()},
)
