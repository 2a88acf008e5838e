"""Runs the loss of TRL's RewardTrainer on scores, and writes what it gives.

    python tools/oracles/trl-reward.py FOLDER        FOLDER: the unpacked wheels (see README.md)
"""

from collections import defaultdict
from types import SimpleNamespace

import torch
from torch import nn

from from_trl import root, write
from shared import methods, plain

compute_loss = methods(root / "trl/trainer/reward_trainer.py", "RewardTrainer", ["compute_loss"], {"nn": nn})["compute_loss"]

PAIRS = {
    "ordinary": {"chosen": [1.5, -0.25, 0.5, 2.0], "rejected": [0.5, 0.75, 0.5, -1.0]},
    "margins": {"chosen": [1.5, -0.25, 0.5, 2.0], "rejected": [0.5, 0.75, 0.5, -1.0], "margins": [0.5, 0.0, 1.0, 3.0]},
    "one": {"chosen": [0.125], "rejected": [-0.125]},
    "equal": {"chosen": [0.0, 3.0], "rejected": [0.0, 3.0]},
    "farApart": {"chosen": [30.0, -30.0, 200.0, -200.0], "rejected": [-30.0, 30.0, -200.0, 200.0]},
}


def loss(made, centre):
    scores = [torch.tensor(made[name], dtype=torch.float64).requires_grad_(True) for name in ("chosen", "rejected")]
    logits = torch.cat(scores).unsqueeze(1)
    gather = SimpleNamespace(gather=lambda x: x, gather_for_metrics=lambda x: x)
    self = SimpleNamespace(
        model=SimpleNamespace(training=True),
        args=SimpleNamespace(center_rewards_coefficient=centre),
        accelerator=gather,
        _total_train_tokens=0,
        _tp_size=1,
        _metrics=defaultdict(lambda: defaultdict(list)),
    )
    inputs = {"attention_mask": torch.ones(len(logits), 1)}
    if "margins" in made:
        inputs["margin"] = torch.tensor(made["margins"], dtype=torch.float64)
    total = compute_loss(self, lambda **_inputs: SimpleNamespace(logits=logits), inputs)
    total.backward()
    return {"loss": plain(total), "gradChosen": plain(scores[0].grad), "gradRejected": plain(scores[1].grad)}


write(
    "algo-bradley-terry/src/fixtures/trl.json",
    "RewardTrainer.compute_loss",
    [{"batch": name, "centre": centre, **loss(made, centre)} for centre in (None, 0.01, 0.5) for name, made in PAIRS.items()],
    batches=PAIRS,
)
