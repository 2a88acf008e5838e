"""Runs verl's rollout correction and DPPO losses, and writes what they give.

    python tools/oracles/verl-off-policy.py FOLDER        FOLDER: the unpacked wheel (see README.md)
"""

import math
from types import SimpleNamespace
from typing import Any, Optional

import numpy as np
import torch

from from_verl import ActorConfig, masked, root, verl, write
from off_policy import MOVED, OFF_POLICY, OFF_POLICY_WHOLE, PLAUSIBLE
from shared import BATCHES, definitions, plain, tensors, tensors_of, value_and_gradient
from whole import TOKENS

FIXTURES = "algo-off-policy/src/fixtures"

helper = definitions(
    root / "verl/trainer/ppo/rollout_corr_helper.py",
    """_parse_rollout_is_threshold _parse_rollout_rs_thresholds compute_rollout_rejection_mask compute_rs_metrics compute_rollout_correction_weights
    compute_rollout_correction_and_rejection_mask compute_offpolicy_metrics""".split(),
    {
        "verl_F": SimpleNamespace(**{name: masked[name] for name in ("masked_sum", "masked_mean")}),
        "DataProto": SimpleNamespace(from_dict=lambda tensors: SimpleNamespace(batch=tensors)),
        "compute_is_metrics": lambda **_: {},  # divides by 0 where every weight is 0; the weights don't depend on it
        "math": math,
        "Any": Any,
        "Optional": Optional,
        "SAFETY_BOUND": 20.0,
        "SUPPORTED_ROLLOUT_RS_OPTIONS": {"seq_mean_k3"},
        "TOKEN_LEVEL_ROLLOUT_RS_OPTIONS": {"token_k1", "token_k2", "token_k3"},
    },
)
correct = helper["compute_rollout_correction_and_rejection_mask"]


def corrected(made, options):
    b = tensors_of(made)
    proto, mask, _ = correct(b["oldLogProbs"], b["rolloutLogProbs"], b["mask"], **options)
    return (None if proto is None else proto.batch["rollout_is_weights"]), mask


def outcome(made, options):
    weights, mask = corrected(made, options)
    return {"weights": None if weights is None else plain(weights), "mask": plain(mask)}


WEIGHTS = [
    {"rollout_is": level, "rollout_is_threshold": threshold}
    for level in ("token", "sequence")
    for threshold in (2.0, 1.25, "0.5_5.0", "0.8_1.25")
]
REJECTED = [{"rollout_rs": "seq_mean_k3", "rollout_rs_threshold": limit} for limit in (0.01, 0.001, 0.25)]
BOTH = [{**WEIGHTS[0], **REJECTED[0]}, {**WEIGHTS[6], **REJECTED[2]}]
write(
    f"{FIXTURES}/verl-correction.json",
    "compute_rollout_correction_and_rejection_mask",
    [{"batch": name, "options": options, **outcome(made, options)} for name, made in OFF_POLICY.items() for options in [*WEIGHTS, *REJECTED, *BOTH]],
    batches=OFF_POLICY,
    note="weights null: none are asked for, all are 1",
)

# ---------------------------------------------------------------- in the loss


def clipped(made, options):
    b = tensors_of(made)
    weights, _ = corrected(made, options)
    config = ActorConfig(clip_ratio_low=0.2, clip_ratio_high=0.2, clip_ratio_c=3.0)
    return value_and_gradient(
        lambda lp: verl["compute_policy_loss_vanilla"](
            b["oldLogProbs"], lp, b["advantages"], b["mask"], loss_agg_mode="token-mean", config=config, rollout_is_weights=weights
        )[0],
        b["logProbs"],
    )


write(
    f"{FIXTURES}/verl-corrected-loss.json",
    "compute_policy_loss_vanilla with rollout_is_weights",
    [{"batch": name, "options": options, **clipped(made, options)} for name, made in PLAUSIBLE.items() for options in WEIGHTS],
    batches=PLAUSIBLE,
)

# ---------------------------------------------------------------- DPPO


def dppo(made, options, divergence, mode):
    b = tensors_of(made)
    config = ActorConfig(clip_ratio=options["threshold"], clip_ratio_low=None, clip_ratio_high=None, clip_ratio_c=options["cap"])
    loss = verl[f"compute_policy_loss_dppo_{divergence}"]
    return value_and_gradient(
        lambda lp: loss(b["oldLogProbs"], lp, b["advantages"], b["mask"], loss_agg_mode=mode, config=config)[0], b["logProbs"]
    )


moved = {**MOVED, **{name: {field: rows for field, rows in made.items() if field != "rolloutLogProbs"} for name, made in PLAUSIBLE.items()}, "outside": BATCHES["outside"]}
for divergence, thresholds in (("tv", (0.15, 0.05, 0.5)), ("kl", (0.05, 0.001, 0.15))):
    cases = [({"threshold": threshold, "cap": 20.0}, "token-mean") for threshold in thresholds]
    cases += [({"threshold": thresholds[0], "cap": 1.5}, "token-mean"), ({"threshold": thresholds[0], "cap": 20.0}, "seq-mean-token-mean")]
    write(
        f"{FIXTURES}/verl-dppo-{divergence}.json",
        f"compute_policy_loss_dppo_{divergence}",
        [
            {"batch": name, "options": options, "mode": mode, **dppo(made, options, divergence, mode)}
            for name, made in moved.items()
            for options, mode in cases
        ],
        batches=moved,
    )

# ---------------------------------------------------------------- from scores to the gradient, with GRPO's advantage


def whole(made, o):
    b = tensors({name: made[name] for name in (*TOKENS, "rolloutLogProbs")})
    mask = b["mask"]
    rewards = torch.zeros_like(mask)
    for row, score in enumerate(made["scores"]):
        rewards[row, max(int(mask[row].sum()) - 1, 0)] = score
    found, _ = verl["compute_grpo_outcome_advantage"](rewards, mask, np.array(made["groupIds"]))
    more = {}
    if "rollout_is" in o:
        proto, _, _ = correct(b["oldLogProbs"], b["rolloutLogProbs"], mask, rollout_is=o["rollout_is"], rollout_is_threshold=o["rollout_is_threshold"])
        more["rollout_is_weights"] = proto.batch["rollout_is_weights"]
    config = ActorConfig(clip_ratio=o["clip_ratio"], clip_ratio_low=o["clip_ratio"], clip_ratio_high=o["clip_ratio"], clip_ratio_c=o["clip_ratio_c"])
    policy = verl[f"compute_policy_loss_{o['loss_mode']}"]
    return {
        "advantages": plain(found),
        **value_and_gradient(lambda lp: policy(b["oldLogProbs"], lp, found, mask, loss_agg_mode="token-mean", config=config, **more)[0], b["logProbs"]),
    }


ALGORITHMS = {
    "icepop": {"loss_mode": "vanilla", "clip_ratio": 0.2, "clip_ratio_c": 3.0, "rollout_is": "token", "rollout_is_threshold": "0.5_5.0"},
    "dppo, tv": {"loss_mode": "dppo_tv", "clip_ratio": 0.15, "clip_ratio_c": 20.0},
    "dppo, kl": {"loss_mode": "dppo_kl", "clip_ratio": 0.05, "clip_ratio_c": 20.0},
}
write(
    f"{FIXTURES}/verl-whole.json",
    "compute_grpo_outcome_advantage, compute_rollout_correction_and_rejection_mask, and the policy loss that the options name",
    [{"algorithm": algorithm, "batch": batch, **whole(made, o)} for algorithm, o in ALGORITHMS.items() for batch, made in OFF_POLICY_WHOLE.items()],
    batches=OFF_POLICY_WHOLE,
    options=ALGORITHMS,
)
