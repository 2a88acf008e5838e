"""TRL's own methods and statements, taken out of the unpacked wheel that the script's first argument names (see README.md).

The losses are methods, called with a stand-in for self that returns the log-probabilities it is given. The advantages are statements within a
long method; those statements alone are compiled and run.
"""

import sys
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import torch

from shared import definitions, fixture, methods, statements, tensors, value_and_gradient

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
    fixture(path, "TRL", VERSION, function, cases, script=Path(sys.argv[0]).name, **more)


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


# ---------------------------------------------------------------- advantages, one number a response


def stand_in_for_scores(ids, options):
    return SimpleNamespace(
        num_generations=ids.count(0),
        num_generations_eval=ids.count(0),
        reward_weights=torch.tensor(options.get("reward_weights", [1.0]), dtype=torch.float64),
        reward_funcs=["rule"] * len(options.get("reward_weights", [1.0])),
        multi_objective_aggregation=options.get("multi_objective_aggregation", "sum_then_normalize"),
        scale_rewards=options.get("scale_rewards", "group"),
        normalize_advantages=options.get("normalize_advantages", False),
        reward_clip_range=None,
        beta=options.get("beta", 0.0),
    )


def advantages(code, scores, ids, options, more=None):
    """`more`: what RLOO's statements read of log-probabilities, for the KL in its reward."""
    names = {
        **(more or {}),
        "torch": torch,
        "device": "cpu",
        "nanstd": utils["nanstd"],
        "rewards_per_func": torch.tensor(scores, dtype=torch.float64).reshape(len(ids), -1),  # [B, rules]
        "num_generations": ids.count(0),
        "mode": "train",
        "self": stand_in_for_scores(ids, options),
    }
    exec(code, names)
    return names["advantages"]
