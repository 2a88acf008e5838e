"""OpenRLHF's own functions, taken out of the unpacked wheel that the script's first argument names (see README.md)."""

import itertools
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Optional, Tuple

import torch

from shared import definitions, fixture, methods

warnings.filterwarnings("ignore", "std\\(\\): degrees of freedom")  # a group of one: its NaN is in the fixture
unpacked = Path(sys.argv[1])
VERSION = next(unpacked.glob("openrlhf-*.dist-info")).name.removeprefix("openrlhf-").removesuffix(".dist-info")
root = next(path for path in unpacked.glob("**/openrlhf") if (path / "models/loss.py").exists())
COMPONENTS = "core/src/components"

utils = definitions(root / "models/utils.py", ["compute_approx_kl", "compute_reward", "masked_mean"], {"KL_IS_WEIGHT_CLIP": 10.0})
losses = definitions(
    root / "models/loss.py",
    ["aggregate_loss", "PolicyLoss", "ValueLoss"],
    {"nn": torch.nn, "masked_mean": utils["masked_mean"], "Optional": Optional, "Tuple": Tuple},
)
SILENT = SimpleNamespace(warning=lambda *_: None)


def methods_with(compute_reward):
    return methods(
        root / "trainer/ppo_utils/experience_maker.py",
        "RemoteExperienceMaker",
        ["compute_advantages_and_returns", "get_cumulative_returns", "get_advantages_and_returns"],
        {"itertools": itertools, "compute_reward": compute_reward, "apply_length_penalties": lambda *_: None, "logger": SILENT, "Tuple": Tuple},
    )


maker = methods_with(utils["compute_reward"])


def pipeline_of(compute_reward=utils["compute_reward"]):
    """compute_advantages_and_returns on one experience that holds all responses."""
    found = methods_with(compute_reward)

    def pipeline(scores, ids, mask, kl_values, options, values=None):
        advantage = {"gamma": options["gamma"], "lambd": options.get("lambda", 1.0), "no_std_norm": options.get("no_std_norm", False)}
        args = SimpleNamespace(
            algo=SimpleNamespace(advantage=SimpleNamespace(estimator=options["estimator"], **advantage)),
            reward=SimpleNamespace(clip_range=options["clip_range"]),
            rollout=SimpleNamespace(n_samples_per_prompt=ids.count(0)),
        )
        experience = SimpleNamespace(index=list(range(len(scores))), rewards=scores, kl=kl_values, action_mask=mask, values=values, info={})
        this = SimpleNamespace(
            strategy=SimpleNamespace(args=args),
            advantage_estimator=options["estimator"],
            kl_ctl=SimpleNamespace(value=options["kl_coef"]),
            get_cumulative_returns=lambda *given: found["get_cumulative_returns"](None, *given),
            get_advantages_and_returns=lambda *given: found["get_advantages_and_returns"](None, *given),
        )
        found["compute_advantages_and_returns"](this, [experience])
        return experience

    return pipeline


pipeline = pipeline_of()


def write(path, function, cases, **more):
    fixture(path, "OpenRLHF", VERSION, function, cases, script=Path(sys.argv[0]).name, **more)
