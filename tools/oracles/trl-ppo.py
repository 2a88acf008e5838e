"""Runs TRL's PPOTrainer from scores to the gradient, and writes what it gives. TRL 1 has no PPO any more.

    python tools/oracles/trl-ppo.py FOLDER        FOLDER: the unpacked wheel of trl-ppo.txt (see README.md)

Its trainer is one method without a seam; the statements that make advantages and losses are compiled from it. It gives a response that ended
before the longest a state of its own behind the last token, where the score is; one that was cut off has none. Here all are given as cut off.
"""

import ast
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import torch

from shared import definitions, fixture, plain, tensors
from whole import CRITIC, PPO

warnings.filterwarnings("ignore", "Using a non-tuple sequence")
root = Path(sys.argv[1])
VERSION = next(root.glob("trl-*.dist-info")).name.removeprefix("trl-").removesuffix(".dist-info")
FILE = root / "trl/trainer/ppo_trainer.py"
whitening = definitions(root / "trl/core.py", ["masked_mean", "masked_var", "masked_whiten"], {})
INVALID_LOGPROB = 1.0


def between(first, last):
    """The statements, somewhere within the file's loops, from the first that assigns `first` to the last that assigns `last`."""
    for node in ast.walk(ast.parse(FILE.read_text())):
        body = getattr(node, "body", None)
        names = [[t.id for t in getattr(one, "targets", []) if isinstance(t, ast.Name)] for one in body] if isinstance(body, list) else []
        begin = next((at for at, found in enumerate(names) if first in found), None)
        if begin is not None:
            end = max(at for at, found in enumerate(names) if last in found)
            return compile(ast.Module(body[begin : end + 1], []), str(FILE), "exec")
    raise LookupError(first)


make_advantages = between("logr", "advantages")
make_loss = between("vpredclipped", "loss")
DEFAULTS = {"kl_coef": 0.05, "kl_estimator": "k1", "whiten_rewards": False, "gamma": 1.0, "lam": 0.95, "cliprange": 0.2, "cliprange_value": 0.2, "vf_coef": 0.1}


def ppo(made, options):
    b = tensors({name: made[name] for name in CRITIC})
    padding = b["mask"] == 0
    at_last = (b["mask"].sum(1) - 1).long()
    names = {
        **whitening,
        "torch": torch,
        "empty_cache": lambda: None,
        "args": SimpleNamespace(**{**DEFAULTS, **options}),
        "ref_logprobs": b["refLogProbs"].masked_fill(padding, INVALID_LOGPROB),
        "logprobs": b["oldLogProbs"].masked_fill(padding, INVALID_LOGPROB),
        "values": b["values"].masked_fill(padding, 0),
        "scores": torch.tensor(made["scores"], dtype=torch.float64),
        "responses": b["mask"],
        "padding_mask": padding,
        "padding_mask_p1": padding,
        "sequence_lengths": at_last,
        "sequence_lengths_p1": at_last,
    }
    exec(make_advantages, names)
    policy, values = (b[name].clone().requires_grad_(True) for name in ("logProbs", "newValues"))
    names |= {
        "mb_advantage": names["advantages"],
        "mb_return": names["returns"],
        "mb_values": names["values"],
        "mb_logprobs": names["logprobs"],
        "micro_batch_inds": slice(None),
        "new_logprobs": policy.masked_fill(padding, INVALID_LOGPROB),
        "vpred": values.masked_fill(padding, 0),
    }
    exec(make_loss, names)
    names["loss"].backward()
    return {
        "advantages": plain(names["advantages"]),
        "returns": plain(names["returns"]),
        "loss": plain(names["pg_loss"].detach()),
        "gradient": plain(policy.grad),
        "valueLoss": plain(names["args"].vf_coef * names["vf_loss"].detach()),
        "valueGradient": plain(values.grad),
    }


OPTIONS = {"ppo": {}, "ppo, other options": {"kl_coef": 0.25, "gamma": 0.75, "lam": 0.5, "cliprange": 0.3, "cliprange_value": 0.5, "vf_coef": 0.5}}
fixture(
    "algo-ppo/src/fixtures/trl.json",
    "TRL",
    VERSION,
    "PPOTrainer.train: its statements that make advantages, and those that make the loss",
    [{"algorithm": name, "batch": batch, **ppo(made, options)} for name, options in OPTIONS.items() for batch, made in PPO.items()],
    script=Path(sys.argv[0]).name,
    batches=PPO,
    options={name: {**DEFAULTS, **options} for name, options in OPTIONS.items()},
    note="the value loss is weighted by vf_coef",
)
