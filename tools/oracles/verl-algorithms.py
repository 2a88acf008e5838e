"""Runs verl's algorithms from scores to the gradient, and writes what they give.

    python tools/oracles/verl-algorithms.py FOLDER        FOLDER: the unpacked wheels (see README.md)

Two sums of its trainer are restated: rewards − β·kl (ray_trainer.py), and loss + β·kl loss (workers/utils/losses.py).
"""

from types import SimpleNamespace

import numpy as np
import torch

from from_verl import ActorConfig, verl, write
from shared import RULE_WEIGHTS, plain, tensors, value_and_gradient
from whole import CRITIC, PPO, RULES, TOKENS, WHOLE


def token_rewards(scores, mask):
    """The score at the last response token; where there is none, at the first position."""
    rewards = torch.zeros_like(mask)
    for row, score in enumerate(scores):
        rewards[row, max(int(mask[row].sum()) - 1, 0)] = score
    return rewards


def whole(made, o):
    b = tensors({name: made[name] for name in TOKENS})
    mask = b["mask"]
    rewards = token_rewards(torch.tensor(made["scores"], dtype=torch.float64), mask)
    if "kl_in_reward" in o:
        rewards = rewards - o["kl_in_reward"] * verl["kl_penalty"](b["oldLogProbs"], b["refLogProbs"], "kl") * mask
    more = {"norm_adv_by_std_in_grpo": o["norm_adv_by_std_in_grpo"]} if "norm_adv_by_std_in_grpo" in o else {}
    found, _ = verl[f"compute_{o['adv_estimator']}_outcome_advantage"](rewards, mask, np.array(made["groupIds"]), **more)
    config = ActorConfig(clip_ratio_low=o["clip_ratio_low"], clip_ratio_high=o["clip_ratio_high"], clip_ratio_c=o.get("clip_ratio_c", 3.0))

    def loss(lp):
        policy = verl[f"compute_policy_loss_{o['loss_mode']}"]
        total = policy(b["oldLogProbs"], lp, found, mask, loss_agg_mode=o["loss_agg_mode"], config=config)[0]
        if "kl_loss_coef" in o:
            kl = verl["kl_penalty"](lp, b["refLogProbs"], "low_var_kl")
            total = total + verl["agg_loss"](kl, mask, o["loss_agg_mode"]) * o["kl_loss_coef"]
        return total

    return {"advantages": plain(found), **value_and_gradient(loss, b["logProbs"])}


DEFAULT = {"adv_estimator": "grpo", "loss_mode": "vanilla", "loss_agg_mode": "token-mean", "clip_ratio_low": 0.2, "clip_ratio_high": 0.2}
ALGORITHMS = {
    "grpo": {**DEFAULT, "kl_loss_coef": 0.001},
    "dr-grpo": {**DEFAULT, "norm_adv_by_std_in_grpo": False, "loss_agg_mode": "seq-mean-token-sum-norm"},
    "rloo": {**DEFAULT, "adv_estimator": "rloo", "kl_in_reward": 0.001},
    "dapo": {**DEFAULT, "clip_ratio_high": 0.28, "clip_ratio_c": 10.0},
    "gspo": {**DEFAULT, "loss_mode": "gspo", "loss_agg_mode": "seq-mean-token-mean", "clip_ratio_low": 3e-4, "clip_ratio_high": 4e-4},
    "cispo": {**DEFAULT, "loss_mode": "cispo", "clip_ratio_low": 10.0, "kl_loss_coef": 0.001},
}
write(
    "algo-grpo/src/fixtures/verl.json",
    "compute_*_outcome_advantage, compute_policy_loss_*, agg_loss, kl_penalty, as the options name them",
    [{"algorithm": name, "batch": batch, **whole(made, options)} for name, options in ALGORITHMS.items() for batch, made in WHOLE.items()],
    batches=WHOLE,
    options=ALGORITHMS,
)


def ppo(made, o):
    b = tensors({name: made[name] for name in CRITIC})
    mask = b["mask"]
    rewards = token_rewards(torch.tensor(made["scores"], dtype=torch.float64), mask)
    rewards = rewards - o["kl_coef"] * verl["kl_penalty"](b["oldLogProbs"], b["refLogProbs"], "kl") * mask
    found, returns = verl["compute_gae_advantage_return"](rewards, b["values"], mask, o["gamma"], o["lam"])
    config = ActorConfig(clip_ratio_low=0.2, clip_ratio_high=0.2, clip_ratio_c=3.0)
    policy = value_and_gradient(lambda lp: verl["compute_policy_loss_vanilla"](b["oldLogProbs"], lp, found, mask, config=config)[0], b["logProbs"])
    critic = value_and_gradient(lambda new: verl["compute_value_loss"](new, returns, b["values"], mask, o["cliprange_value"])[0], b["newValues"])
    return {"advantages": plain(found), "returns": plain(returns), **policy, "valueLoss": critic["loss"], "valueGradient": critic["gradient"]}


PPO_OPTIONS = {
    "ppo": {"kl_coef": 0.001, "gamma": 1.0, "lam": 1.0, "cliprange_value": 0.5},
    "ppo, other options": {"kl_coef": 0.25, "gamma": 0.75, "lam": 0.5, "cliprange_value": 0.2},
}
write(
    "algo-ppo/src/fixtures/verl.json",
    "kl_penalty, compute_gae_advantage_return, compute_policy_loss_vanilla, compute_value_loss, agg_loss",
    [{"algorithm": name, "batch": batch, **ppo(made, options)} for name, options in PPO_OPTIONS.items() for batch, made in PPO.items()],
    batches=PPO,
    options=PPO_OPTIONS,
    note="the value loss is not weighted",
)


def gdpo(made, weights):
    b = tensors({name: made[name] for name in TOKENS})
    mask = b["mask"]
    options = {"gdpo_reward_keys": list(made["rewards"]), "gdpo_reward_weights": weights}
    given = SimpleNamespace(get=lambda name, default: options.get(name, default))
    attended = {"prompts": torch.zeros(len(mask), 0), "attention_mask": mask.long()}  # a prompt of no tokens
    found, _ = verl["compute_gdpo_outcome_advantage"](mask, mask, np.array(made["groupIds"]), config=given, non_tensor_batch=made["rewards"], batch=attended)
    config = ActorConfig(clip_ratio_low=0.2, clip_ratio_high=0.2, clip_ratio_c=3.0)
    policy = value_and_gradient(lambda lp: verl["compute_policy_loss_vanilla"](b["oldLogProbs"], lp, found, mask, config=config)[0], b["logProbs"])
    return {"advantages": plain(found), **policy}


write(
    "algo-grpo/src/fixtures/verl-rules.json",
    "compute_gdpo_outcome_advantage, compute_policy_loss_vanilla, agg_loss",
    [{"algorithm": "gdpo", "batch": batch, "weights": weights, **gdpo(made, weights)} for weights in RULE_WEIGHTS for batch, made in RULES.items()],
    batches=RULES,
    note="the normalisation is float32 within; weights in the order of the rules",
)
