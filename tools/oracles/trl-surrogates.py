"""Runs TRL's losses of 2025–26: SAPO (GRPOTrainer), GMPO (experimental GMPOTrainer); and writes what they give, of given advantages and from scores on.

    python tools/oracles/trl-surrogates.py FOLDER        FOLDER: the unpacked wheels (see README.md)
"""

import torch

from from_trl import advantages, grpo_advantages, grpo_loss, helpers, root, stand_in, write
from shared import BATCHES, methods, plain, tensors, value_and_gradient
from whole import TOKENS, WHOLE

gmpo_loss = methods(root / "trl/experimental/gmpo/gmpo_trainer.py", "GMPOTrainer", ["_compute_loss"], helpers)["_compute_loss"]
DEFAULTS = {"sapo_temperature_pos": 1.0, "sapo_temperature_neg": 1.05}


def loss(of, made, options, found):
    b = tensors(made)
    inputs = {
        **{name: torch.zeros(b["mask"].shape, dtype=torch.long) for name in ("prompt_ids", "prompt_mask", "completion_ids")},
        "completion_mask": b["mask"],
        "advantages": found,
        "old_per_token_logps": b["oldLogProbs"],
        "num_items_in_batch": b["mask"].sum(),
    }

    def run(lp):
        self = stand_in(lp, options)
        for name, value in {**DEFAULTS, **options}.items():
            setattr(self.args, name, value)
        return of(self, None, inputs)

    return value_and_gradient(run, b["logProbs"])


sapo = {"loss_type": "sapo"}
write(
    "algo-soft-clip/src/fixtures/trl-sapo.json",
    "GRPOTrainer._compute_loss",
    [
        {"batch": name, "options": options, **loss(grpo_loss, made, options, tensors(made)["advantages"])}
        for options in (sapo, {**sapo, "sapo_temperature_pos": 2.0, "sapo_temperature_neg": 0.5})
        for name, made in BATCHES.items()
    ],
    batches=BATCHES,
)


def whole(of, made, options):
    found = advantages(grpo_advantages, made["scores"], made["groupIds"], options)
    return {"advantages": plain(found), **loss(of, {name: made[name] for name in TOKENS}, options, found)}


ALGORITHMS = {"sapo": (grpo_loss, sapo), "gmpo": (gmpo_loss, {"epsilon": 0.4})}
write(
    "algo-soft-clip/src/fixtures/trl.json",
    "_generate_and_score_completions (its statements that make advantages) of GRPOTrainer, _compute_loss of GRPOTrainer and GMPOTrainer",
    [
        {"algorithm": algorithm, "batch": name, **whole(of, made, options)}
        for algorithm, (of, options) in ALGORITHMS.items()
        for name, made in WHOLE.items()
    ],
    batches=WHOLE,
    options={algorithm: options for algorithm, (_, options) in ALGORITHMS.items()},
    note="advantages: one number a response",
)
