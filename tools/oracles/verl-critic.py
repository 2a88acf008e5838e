"""Runs verl's GAE, value loss and adaptive KL controller, and writes what they give.

    python tools/oracles/verl-critic.py FOLDER        FOLDER: the unpacked wheels (see README.md)
"""

import from_verl
from critic import GAE, GAE_OPTIONS, KL_RUNS, VALUE, coefficients
from from_verl import COMPONENTS, verl, write
from shared import plain, tensors_of, value_and_gradient


def gae(made, options):
    b = tensors_of(made)
    given = (b["tokenRewards"], b["values"], b["mask"], options["gamma"], options["lambda"])
    advantages, returns = unwhitened(*given)
    try:
        return {"advantages": plain(advantages), "returns": plain(returns), "whitened": plain(verl["compute_gae_advantage_return"](*given)[0])}
    except ValueError as error:
        return {"advantages": plain(advantages), "returns": plain(returns), "error": str(error)}


unwhitened = from_verl.core_algos(masked_whiten=lambda advantages, mask: advantages)["compute_gae_advantage_return"]
write(
    f"{COMPONENTS}/advantage/fixtures/verl-gae.json",
    "compute_gae_advantage_return",
    [{"batch": name, "options": options, **gae(made, options)} for options in GAE_OPTIONS for name, made in GAE.items()],
    batches=GAE,
    note="advantages: before masked_whiten; whitened: as the function returns them; it leaves numbers in the padding",
)


def value(made, clip, mode):
    b = tensors_of(made)
    return value_and_gradient(
        lambda values: verl["compute_value_loss"](values, b["returns"], b["oldValues"], b["mask"], clip, loss_agg_mode=mode)[0], b["values"]
    )


write(
    "core/src/training/rl/fixtures/verl-value.json",
    "compute_value_loss",
    [
        {"batch": name, "options": {"clip": clip}, "mode": mode, **value(made, clip, mode)}
        for clip, mode in [(0.25, "token-mean"), (0.5, "token-mean"), (0.25, "seq-mean-token-mean")]
        for name, made in VALUE.items()
    ],
    batches=VALUE,
    note="the gradient is that of values, the predictions",
)

write(
    "core/src/training/rl/fixtures/verl-adaptive-kl.json",
    "AdaptiveKLController",
    [{**run, "coefficients": coefficients(verl["AdaptiveKLController"](run["coefficient"], run["target"], run["horizon"]), run)} for run in KL_RUNS],
    note="coefficients: after each update(kl, steps)",
)
