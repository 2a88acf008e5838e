"""Runs OpenRLHF's GAE, value loss and adaptive KL controller, and writes what they give.

    python tools/oracles/openrlhf-critic.py FOLDER        FOLDER: the unpacked wheels (see README.md)

Advantages are whitened in float32, whatever it is given; the rest is float64.
"""

import numpy as np
import torch

from critic import GAE, GAE_OPTIONS, KL_RUNS, VALUE, coefficients
from from_openrlhf import COMPONENTS, losses, maker, pipeline_of, root, write
from shared import definitions, plain, tensors_of, value_and_gradient


def gae(made, options):
    b = tensors_of(made)
    given = (b["values"], b["tokenRewards"], b["mask"], options["gamma"], options["lambda"])
    advantages, returns = maker["get_advantages_and_returns"](None, *given)
    whitened = pipeline_of(compute_reward=lambda *_, **__: b["tokenRewards"])(
        torch.zeros(len(made["mask"]), dtype=torch.float64),
        [0] * len(made["mask"]),
        b["mask"],
        torch.zeros_like(b["mask"]),
        {"estimator": "gae", "gamma": options["gamma"], "lambda": options["lambda"], "clip_range": None, "kl_coef": 0.0},
        values=b["values"],
    ).advantages
    return {"advantages": plain(advantages), "returns": plain(returns), "whitened": plain(whitened)}


write(
    f"{COMPONENTS}/advantage/fixtures/openrlhf-gae.json",
    "RemoteExperienceMaker.get_advantages_and_returns, RemoteExperienceMaker.compute_advantages_and_returns",
    [{"batch": name, "options": options, **gae(made, options)} for options in GAE_OPTIONS for name, made in GAE.items()],
    batches=GAE,
    note="advantages: before the whitening, which is float32; a masked position between tokens is discounted over; numbers are left in the padding",
)


def value(made, clip, token_level):
    b = tensors_of(made)
    loss = losses["ValueLoss"](clip, token_level)
    return value_and_gradient(lambda values: loss(values, b["oldValues"], b["returns"], b["mask"]), b["values"])


write(
    "core/src/training/rl/fixtures/openrlhf-value.json",
    "ValueLoss",
    [
        {"batch": name, "options": {"clip": clip, "token_level_loss": level}, **value(made, clip, level)}
        for clip, level in [(0.25, True), (0.5, True), (None, True), (0.25, False)]
        for name, made in VALUE.items()
    ],
    batches=VALUE,
    note="the gradient is that of values, the predictions; clip null: no clipping",
)

controller = definitions(root / "trainer/ppo_utils/kl_controller.py", ["AdaptiveKLController"], {"np": np})["AdaptiveKLController"]
write(
    "core/src/training/rl/fixtures/openrlhf-adaptive-kl.json",
    "AdaptiveKLController",
    [{**run, "coefficients": coefficients(controller(run["coefficient"], run["target"], run["horizon"]), run)} for run in KL_RUNS],
    note="coefficients: after each update(kl, steps)",
)
