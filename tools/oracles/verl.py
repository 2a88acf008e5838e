"""Runs verl's own loss, aggregation, advantage, whitening and KL functions, and writes what they give.

    python tools/oracles/verl.py FOLDER        FOLDER: the unpacked wheel (see README.md)
"""

from types import SimpleNamespace

import numpy as np
import torch

from from_verl import COMPONENTS, ActorConfig, AlgoConfig, masked, verl, write
from shared import (
    AT_THE_BOUND,
    BATCHES,
    RULE_SCORES,
    RULE_WEIGHTS,
    SCORES,
    UNEQUAL_GROUPS,
    batch,
    plain,
    response_lengths,
    tensors,
    value_and_gradient,
)
from whole import LIMITS

# ---------------------------------------------------------------- policy losses


def config(options):
    return ActorConfig(clip_ratio_low=options["low"], clip_ratio_high=options["high"], clip_ratio_c=options.get("c", 3.0))


def policy_loss(name):
    def of(made, options, mode):
        b = tensors(made)
        return value_and_gradient(
            lambda lp: verl[name](b["oldLogProbs"], lp, b["advantages"], b["mask"], loss_agg_mode=mode, config=config(options))[0],
            b["logProbs"],
        )

    return of


def loss_cases(of, ranges, mode, names=BATCHES):
    """Every batch with every clip range; the batch at the bound with the range that ends there as well."""
    for name in names:
        for options in ranges + ([{**ranges[0], **AT_THE_BOUND}] if name == "atTheBound" else []):
            yield {"batch": name, "options": options, "mode": mode, **of(BATCHES[name], options, mode)}


OFF = 1e30  # verl's dual clip can't be switched off; at this c no ratio, being at most e²⁰, reaches it
clip = policy_loss("compute_policy_loss_vanilla")
write(
    f"{COMPONENTS}/surrogate/fixtures/verl-ppo-clip.json",
    "compute_policy_loss_vanilla",
    list(loss_cases(clip, [{"low": 0.2, "high": 0.2, "c": OFF}, {"low": 0.2, "high": 0.28, "c": OFF}], "token-mean")),
    batches=BATCHES,
    note="c = 1e30 is out of every ratio's reach: plain PPO",
)
dual = [{"low": 0.2, "high": 0.2, "c": 3.0}, {"low": 0.2, "high": 0.28, "c": 1.5}]
at_the_cap = {"low": 0.2, "high": 0.2, "c": 1 + AT_THE_BOUND["high"]}
write(
    f"{COMPONENTS}/surrogate/fixtures/verl-dual-clip.json",
    "compute_policy_loss_vanilla",
    [
        *loss_cases(clip, dual, "token-mean"),
        {"batch": "atTheBound", "options": at_the_cap, "mode": "token-mean", **clip(BATCHES["atTheBound"], at_the_cap, "token-mean")},
    ],
    batches=BATCHES,
)
write(
    f"{COMPONENTS}/surrogate/fixtures/verl-cispo.json",
    "compute_policy_loss_cispo",
    list(loss_cases(policy_loss("compute_policy_loss_cispo"), [{"low": 0.2, "high": 0.2}, {"low": 1.0, "high": 4.0}], "token-mean")),
    batches=BATCHES,
)
write(
    f"{COMPONENTS}/surrogate/fixtures/verl-plain.json",
    "compute_policy_loss_gpg",
    list(loss_cases(policy_loss("compute_policy_loss_gpg"), [{"low": 0.2, "high": 0.2}], "token-mean", ["ordinary", "twoHundred", "outside"])),
    batches={name: BATCHES[name] for name in ("ordinary", "twoHundred", "outside")},
    note="no ratio and no clip: low and high are not read",
)
write(
    f"{COMPONENTS}/ratio/fixtures/verl-gspo.json",
    "compute_policy_loss_gspo",
    [
        *loss_cases(policy_loss("compute_policy_loss_gspo"), [{"low": 0.2, "high": 0.2}, {"low": 3e-4, "high": 4e-4}], "seq-mean-token-mean"),
        *loss_cases(policy_loss("compute_policy_loss_gspo"), [{"low": 0.2, "high": 0.2}], "token-mean", ["ordinary"]),
    ],
    batches=BATCHES,
)

# ---------------------------------------------------------------- aggregation: ∂loss/∂(token losses)

AGGREGATED = {
    "ordinary": {name: BATCHES["ordinary"][name] for name in ("advantages", "mask")},
    "oneToken": {"advantages": [[3.0, 7.0], [5.0, -2.0]], "mask": [[0, 0], [1, 0]]},
    "empty": {"advantages": [[3.0, 7.0], [5.0, -2.0]], "mask": [[0, 0], [0, 0]]},
    "full": {"advantages": [[1.0, -2.0, 0.5], [0.25, 4.0, -1.0]], "mask": [[1, 1, 1], [1, 1, 1]]},
}
MODES = ["token-mean", "token-sum", "seq-mean-token-sum", "seq-mean-token-sum-norm", "seq-mean-token-mean"]


def aggregate(made, mode, **options):
    b = tensors(made)
    return value_and_gradient(lambda losses: verl["agg_loss"](losses, b["mask"], mode, **options), b["advantages"])


write(
    f"{COMPONENTS}/aggregate/fixtures/verl-aggregate.json",
    "agg_loss",
    [
        *({"batch": name, "mode": mode, "options": {}, **aggregate(made, mode)} for name, made in AGGREGATED.items() for mode in MODES),
        *(
            {"batch": name, "mode": "seq-mean-token-sum-norm", "options": {"loss_scale_factor": 16}, **aggregate(made, "seq-mean-token-sum-norm", loss_scale_factor=16)}
            for name, made in AGGREGATED.items()
        ),
    ],
    batches={name: {"tokenLoss": made["advantages"], "mask": made["mask"]} for name, made in AGGREGATED.items()},
)

# ---------------------------------------------------------------- advantages


def masks(count, width=3):
    return [[1] * n + [0] * (width - n) for n in response_lengths(count)]


def token_rewards(scores, mask):
    """The score at the last response token; where there is none, at the first position."""
    rewards = torch.zeros_like(mask)
    for row, score in enumerate(scores):
        rewards[row, max(int(mask[row].sum()) - 1, 0)] = score
    return rewards


def advantages(function, scores, ids, dtype=torch.float64, **options):
    mask = torch.tensor(masks(len(scores)), dtype=dtype)
    return plain(verl[function](token_rewards(torch.tensor(scores, dtype=dtype), mask), mask, np.array(ids), **options)[0])


group_batches = {
    name: {"scores": scores, "groupIds": ids, "mask": masks(len(scores))} for name, (scores, ids) in {**SCORES, **UNEQUAL_GROUPS}.items()
}
estimators = {
    "compute_grpo_outcome_advantage": [{"norm_adv_by_std_in_grpo": True}, {"norm_adv_by_std_in_grpo": False}],
    "compute_grpo_vectorized_outcome_advantage": [{"norm_adv_by_std_in_grpo": True}, {"norm_adv_by_std_in_grpo": False}],
    "compute_rloo_outcome_advantage": [{}],
    "compute_rloo_vectorized_outcome_advantage": [{}],
}
write(
    f"{COMPONENTS}/advantage/fixtures/verl-groups.json",
    ", ".join(estimators),
    [
        {"batch": name, "function": function, "options": options, "advantages": advantages(function, made["scores"], made["groupIds"], **options)}
        for function, variants in estimators.items()
        for options in variants
        for name, made in group_batches.items()
    ]
    + [
        {"batch": "equal", "function": function, "options": {"dtype": "float32"}, "advantages": advantages(function, *SCORES["equal"], dtype=torch.float32)}
        for function in list(estimators)[:2]
    ],
    batches=group_batches,
)

# ---------------------------------------------------------------- GDPO: each rule's scores normalised by themselves


def gdpo(scores, ids, weights):
    mask = torch.tensor(masks(len(ids)), dtype=torch.float64)
    options = {"gdpo_reward_keys": list(scores), "gdpo_reward_weights": weights}
    config = SimpleNamespace(get=lambda name, default: options.get(name, default))
    attended = {"prompts": torch.zeros(len(ids), 0), "attention_mask": mask.long()}  # a prompt of no tokens
    found, _ = verl["compute_gdpo_outcome_advantage"](mask, mask, np.array(ids), config=config, non_tensor_batch=scores, batch=attended)
    return {"options": options, "advantages": plain(found)}


write(
    "core/src/training/rl/fixtures/verl-gdpo.json",
    "compute_gdpo_outcome_advantage",
    [{"batch": name, **gdpo(scores, ids, weights)} for weights in RULE_WEIGHTS for name, (scores, ids) in RULE_SCORES.items()],
    batches={name: {"scores": scores, "groupIds": ids, "mask": masks(len(ids))} for name, (scores, ids) in RULE_SCORES.items()},
    note="the normalisation is float32 within; weights in the order of the rules",
)

# ---------------------------------------------------------------- whitening

WHITENED = {
    "ordinary": {"values": [[1.0, 0.5, -2.0], [3.0, 9.0, 9.0], [0.25, -1.0, 9.0]], "mask": [[1, 1, 1], [1, 0, 0], [1, 1, 0]]},
    "gap": {"values": [[1.0, 64.0, -2.0], [3.0, 2.0, 0.5]], "mask": [[1, 0, 1], [1, 1, 1]]},
    "twoTokens": {"values": [[1.0, 0.5], [3.0, 9.0]], "mask": [[1, 1], [0, 0]]},
    "equal": {"values": [[0.75, 0.75], [0.75, 9.0]], "mask": [[1, 1], [1, 0]]},
    "nearlyEqual": {"values": [[0.75, 0.75], [0.75006103515625, 9.0]], "mask": [[1, 1], [1, 0]]},
    "oneToken": {"values": [[1.0, 0.5], [3.0, 9.0]], "mask": [[1, 0], [0, 0]]},
    "noTokens": {"values": [[1.0, 0.5], [3.0, 9.0]], "mask": [[0, 0], [0, 0]]},
    "nan": {"values": [[1.0, "NaN"], [3.0, 9.0]], "mask": [[1, 1], [1, 0]]},
    "hugeOutside": {"values": [[1.0, 0.5], [3.0, 1e30]], "mask": [[1, 1], [1, 0]]},
}


def whitened(made):
    values = torch.tensor([[float(x) for x in row] for row in made["values"]], dtype=torch.float64)
    try:
        return {"advantages": plain(masked["masked_whiten"](values, torch.tensor(made["mask"], dtype=torch.float64)))}
    except ValueError as error:
        return {"error": str(error)}


write(
    f"{COMPONENTS}/advantage/fixtures/verl-whiten.json",
    "masked_whiten",
    [{"batch": name, **whitened(made)} for name, made in WHITENED.items()],
    batches={name: {"advantages": made["values"], "mask": made["mask"]} for name, made in WHITENED.items()},
)

# ---------------------------------------------------------------- returns, with a masked position between response tokens

rewards = {"tokenRewards": [[1.0, 8.0, -0.5, 2.0], [0.5, 0.25, 1.0, 8.0]], "mask": [[1, 0, 1, 1], [1, 1, 1, 0]]}
write(
    f"{COMPONENTS}/advantage/fixtures/verl-returns.json",
    "compute_reinforce_plus_plus_outcome_advantage",
    [
        {
            "batch": "gap",
            "options": {"gamma": gamma},
            "advantages": plain(
                verl["compute_reinforce_plus_plus_outcome_advantage"](
                    torch.tensor(rewards["tokenRewards"], dtype=torch.float64),
                    torch.tensor(rewards["mask"], dtype=torch.float64),
                    AlgoConfig(gamma=gamma),
                )[1]
            ),
        }
        for gamma in (1.0, 0.5)
    ],
    batches={"gap": rewards},
    note="advantages holds the returns, before whitening",
)

# ---------------------------------------------------------------- KL estimators: d = log π − log π_ref, ∂(Σ k)/∂ log π

LOG_RATIOS = [0.0, 0.0009765625, -0.0009765625, 0.5, -0.5, 2.0, -2.0, 5.0, -5.0, 10.0, -10.0, 12.0, -12.0, 20.0, -20.0, 30.0, -30.0, 200.0, -200.0]


def kl(name):
    log_probs = torch.full((len(LOG_RATIOS),), -1.0, dtype=torch.float64)
    reference = log_probs - torch.tensor(LOG_RATIOS, dtype=torch.float64)
    leaf = log_probs.clone().requires_grad_(True)
    k = verl["kl_penalty"](leaf, reference, name)
    k.sum().backward()
    return {"estimator": name, "kl": plain(k), "gradient": plain(leaf.grad)}


write(
    f"{COMPONENTS}/kl/fixtures/verl-kl.json",
    "kl_penalty",
    [{"logRatios": LOG_RATIOS, **kl(name)} for name in ("k1", "k2", "k3", "abs")],
)

# ---------------------------------------------------------------- whole algorithms: scores, KL, advantages, loss, gradient

REFERENCE = [[0.5, -0.25, 0.125, 1.0, 0.0], [0.0, 0.0, 2.0], [-0.5], [], [0.25, 0.5, -1.0, 0.0], [0.0, -0.125]]
WHOLE = {
    "ordinary": {"scores": [1.0, 0.0, 0.5, 0.75, -2.0, 14.0], "groupIds": [0, 0, 0, 1, 1, 1]},
    "equal": {"scores": [0.5] * 6, "groupIds": [0, 0, 0, 1, 1, 1]},
    "singletons": {"scores": [1.0, 0.0, 0.5, 0.75, -2.0, 3.0], "groupIds": [0, 1, 2, 3, 4, 5]},
    "nan": {"scores": [1.0, 0.0, 0.5, 0.75, "NaN", 3.0], "groupIds": [0, 0, 0, 1, 1, 1]},
    "nanWithoutTokens": {"scores": [1.0, 0.0, 0.5, "NaN", -2.0, 3.0], "groupIds": [0, 1, 2, 3, 4, 5]},
}
tokens = batch([5, 3, 1, 0, 4, 2], [[0.5, -0.5, 0.125, -0.125, 0.0], [0.25, -0.375, 0.59375], [-0.28125], [], [30.0, -200.0, 0.0625, 0.0], [-0.59375, 0.34375]], [[0.0] * 5, [0.0] * 3, [0.0], [], [0.0] * 4, [0.0] * 2], outside=[30.0, -200.0], reference=REFERENCE)
del tokens["advantages"]
whole_batches = {**{name: {**made, **tokens} for name, made in WHOLE.items()}, **LIMITS}


def whole(made, estimator, options):
    """As verl/trainer/ppo/ray_trainer.py and verl/workers/utils/losses.py put the functions together; those sums are restated here."""
    b = tensors({name: made[name] for name in tokens})
    mask = b["mask"]
    scores = torch.tensor([float(score) for score in made["scores"]], dtype=torch.float64)
    rewards = token_rewards(scores, mask)
    if options["use_kl_in_reward"]:
        rewards = rewards - options["kl_coef"] * verl["kl_penalty"](b["oldLogProbs"], b["refLogProbs"], "kl") * mask
    function = verl[f"compute_{estimator}_outcome_advantage"]
    if estimator == "reinforce_plus_plus":
        found, returns = function(rewards, mask, AlgoConfig(gamma=options["gamma"]))
    else:
        found, returns = function(rewards, mask, np.array(made["groupIds"]))

    def loss(lp):
        made_loss = verl["compute_policy_loss_vanilla"](b["oldLogProbs"], lp, found, mask, "token-mean", config({"low": 0.2, "high": 0.2}))[0]
        if options["use_kl_loss"]:
            kld = verl["kl_penalty"](lp, b["refLogProbs"], "low_var_kl")
            made_loss = made_loss + verl["agg_loss"](kld, mask, "token-mean") * options["kl_coef"]
        return made_loss

    return {"estimator": estimator, "options": options, "returns": plain(returns), "advantages": plain(found), **value_and_gradient(loss, b["logProbs"])}


in_reward = {"use_kl_in_reward": True, "use_kl_loss": False, "kl_coef": 0.001, "gamma": 1.0}
in_loss = {"use_kl_in_reward": False, "use_kl_loss": True, "kl_coef": 0.001}


def whole_cases(estimator, *variants):
    return [{"batch": name, **whole(made, estimator, options)} for options in variants for name, made in whole_batches.items()]


write(
    "algo-reinforcepp/src/fixtures/verl-reinforce-plus-plus.json",
    "kl_penalty, compute_reinforce_plus_plus(_baseline)_outcome_advantage, compute_policy_loss_vanilla",
    whole_cases("reinforce_plus_plus", in_reward, {**in_reward, "gamma": 0.5}) + whole_cases("reinforce_plus_plus_baseline", in_loss),
    batches=whole_batches,
    note="refLogProbs − logProbs varies, the KL in the reward is that of oldLogProbs",
)
