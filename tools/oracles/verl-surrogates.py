"""Runs verl's policy losses of 2025: SAPO, GMPO, Clip-Cov, KL-Cov; and writes what they give, of given advantages and from scores on.

    python tools/oracles/verl-surrogates.py FOLDER        FOLDER: the unpacked wheels (see README.md)
"""

from types import SimpleNamespace

import numpy as np
import torch

from from_verl import ActorConfig, core_algos, masked, write
from shared import BATCHES, plain, tensors, value_and_gradient
from whole import TOKENS, WHOLE

DEFAULTS = {
    "clip_ratio_low": 0.2,
    "clip_ratio_high": 0.2,
    "tau_pos": 1.0,
    "tau_neg": 1.05,
    "clip_cov_ratio": None,  # None: the function's own default
    "clip_cov_lb": None,
    "clip_cov_ub": None,
    "kl_cov_ratio": None,
    "ppo_kl_coef": None,
}
seen = []


def masked_mean(values, mask, axis=None):
    """verl's own, and remembers what it was given: the last call of Clip-Cov is on the tokens that it has drawn."""
    seen.append(values)
    return masked["masked_mean"](values, mask, axis)


verl = core_algos(masked_mean=masked_mean)


def policy_loss(name, b, advantages, options, mode):
    o = {**DEFAULTS, **options}
    config = ActorConfig(**o, policy_loss=SimpleNamespace(**o))
    torch.manual_seed(20250522)
    seen.clear()
    made = value_and_gradient(
        lambda lp: verl[f"compute_policy_loss_{name}"](b["oldLogProbs"], lp, advantages, b["mask"], loss_agg_mode=mode, config=config)[0],
        b["logProbs"],
    )
    return {**made, "selected": [[int(one) for one in row] for row in seen[-1].tolist()]} if name == "clip_cov" else made


def cases(name, mode, *variants):
    """Every batch with every set of options."""
    for options in variants:
        for batch, made in BATCHES.items():
            b = tensors(made)
            yield {"batch": batch, "options": options, **policy_loss(name, b, b["advantages"], options, mode)}


write(
    "algo-soft-clip/src/fixtures/verl-sapo.json",
    "compute_policy_loss_sapo",
    list(cases("sapo", "seq-mean-token-mean", {}, {"tau_pos": 2.0, "tau_neg": 0.5})),
    batches=BATCHES,
    options={"default": DEFAULTS},
)
write(
    "algo-soft-clip/src/fixtures/verl-gmpo.json",
    "compute_policy_loss_geo_mean",
    list(cases("geo_mean", "", {"clip_ratio_low": 0.4, "clip_ratio_high": 0.4}, {"clip_ratio_low": 0.25, "clip_ratio_high": 0.5})),
    batches=BATCHES,
    note="the mean over all responses, one without tokens included; the advantage of a response is the mean of its tokens'",
)
write(
    "algo-entropy/src/fixtures/verl-clip-cov.json",
    "compute_policy_loss_clip_cov",
    list(
        cases(
            "clip_cov",
            "token-mean",
            {"clip_cov_ratio": 0.25, "clip_cov_lb": 0.125, "clip_cov_ub": 5.0},
            {"clip_cov_ratio": 0.5, "clip_cov_lb": -0.25, "clip_cov_ub": 0.5, "clip_ratio_high": 0.28},
            {},
        )
    ),
    batches=BATCHES,
    note="selected: the tokens that torch.randperm drew, whose loss is taken away",
)
write(
    "algo-entropy/src/fixtures/verl-kl-cov.json",
    "compute_policy_loss_kl_cov",
    list(cases("kl_cov", "token-mean", {"kl_cov_ratio": 0.25, "ppo_kl_coef": 0.5}, {})),
    batches=BATCHES,
)


# ---------------------------------------------------------------- from scores to the gradient, with GRPO's advantage


def whole(made, name, options, mode):
    b = tensors({field: made[field] for field in TOKENS})
    rewards = torch.zeros_like(b["mask"])
    for row, score in enumerate(made["scores"]):
        rewards[row, max(int(b["mask"][row].sum()) - 1, 0)] = score
    found, _ = verl["compute_grpo_outcome_advantage"](rewards, b["mask"], np.array(made["groupIds"]))
    return {"advantages": plain(found), **policy_loss(name, b, found, options, mode)}


def whole_cases(folder, algorithms):
    write(
        f"{folder}/src/fixtures/verl.json",
        "compute_grpo_outcome_advantage, and the policy loss that the options name",
        [
            {"algorithm": algorithm, "batch": batch, **whole(made, o["loss_mode"], {k: v for k, v in o.items() if k in DEFAULTS}, o["loss_agg_mode"])}
            for algorithm, o in algorithms.items()
            for batch, made in WHOLE.items()
        ],
        batches=WHOLE,
        options=algorithms,
    )


whole_cases(
    "algo-soft-clip",
    {
        "sapo": {"loss_mode": "sapo", "loss_agg_mode": "seq-mean-token-mean", "tau_pos": 1.0, "tau_neg": 1.05},
        "gmpo": {"loss_mode": "geo_mean", "loss_agg_mode": "", "clip_ratio_low": 0.4, "clip_ratio_high": 0.4},
    },
)
whole_cases(
    "algo-entropy",
    {
        "clip-cov": {"loss_mode": "clip_cov", "loss_agg_mode": "token-mean"},
        "kl-cov": {"loss_mode": "kl_cov", "loss_agg_mode": "token-mean"},
    },
)
