"""Runs verl's rollout correction and DPPO losses, and writes what they give.

    python tools/oracles/verl-off-policy.py FOLDER        FOLDER: the unpacked wheel (see README.md)
"""

import math
from types import SimpleNamespace
from typing import Any, Optional

from from_verl import ActorConfig, masked, root, verl, write
from off_policy import MOVED, OFF_POLICY, PLAUSIBLE
from shared import BATCHES, definitions, plain, tensors_of, value_and_gradient

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
