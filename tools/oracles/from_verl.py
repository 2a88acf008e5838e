"""verl's own functions, taken out of the unpacked wheel that the script's first argument names (see README.md)."""

import sys
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Optional

import numpy as np

from shared import definitions, fixture

root = Path(sys.argv[1])
VERSION = (root / "verl/version/version").read_text().strip()
COMPONENTS = "core/src/components"


class ActorConfig(SimpleNamespace):
    global_batch_info = {}
    clip_ratio = None

    def get(self, name, default):
        return getattr(self, name, default)


class AlgoConfig(SimpleNamespace):
    pass


MASKED = ("masked_sum", "masked_mean", "masked_var", "masked_whiten")
masked = definitions(root / "verl/utils/torch_functional.py", ["clip_by_value", *MASKED], {})
groups = definitions(
    root / "verl/utils/groupwise.py",
    ["_resolve_device", "_to_1d_numpy_object_array", "as_torch_index", "group_mean_std"],
    {"np": np, "os": __import__("os"), "get_device_name": lambda: "cpu"},
)

def core_algos(**instead):
    """core_algos with other masked functions in the place of verl's: what is handed to them within is wanted as well."""
    return definitions(
        root / "verl/trainer/ppo/core_algos.py",
        """agg_loss compute_policy_loss compute_policy_loss_vanilla compute_policy_loss_gspo compute_policy_loss_cispo compute_policy_loss_gpg
        compute_policy_loss_sapo compute_policy_loss_geo_mean compute_policy_loss_clip_cov compute_policy_loss_kl_cov
        compute_policy_loss_dppo_tv compute_policy_loss_dppo_kl
        kl_penalty kl_penalty_forward
        compute_grpo_outcome_advantage compute_grpo_vectorized_outcome_advantage compute_rloo_outcome_advantage
        compute_rloo_vectorized_outcome_advantage compute_reinforce_plus_plus_outcome_advantage
        compute_reinforce_plus_plus_baseline_outcome_advantage compute_gdpo_outcome_advantage
        compute_gae_advantage_return compute_value_loss AdaptiveKLController""".split(),
        {
            "verl_F": SimpleNamespace(**{**{name: masked[name] for name in ("clip_by_value", *MASKED)}, **instead}),
            "as_torch_index": groups["as_torch_index"],
            "group_mean_std": groups["group_mean_std"],
            "np": np,
            "defaultdict": defaultdict,
            "Optional": Optional,
            "ActorConfig": ActorConfig,
            "AlgoConfig": AlgoConfig,
        },
    )


verl = core_algos()


def write(path, function, cases, **more):
    fixture(path, "verl", VERSION, function, cases, script=Path(sys.argv[0]).name, **more)
