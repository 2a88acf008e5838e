"""Runs TRL's importance sampling correction, off-policy mask, VESPO and entropy mask, and writes what they give.

    python tools/oracles/trl-off-policy.py FOLDER        FOLDER: the unpacked wheel (see README.md)
"""

import ast
import math
from types import SimpleNamespace

import torch

from from_trl import advantages, grpo_advantages, grpo_loss, stand_in, trainer, write
from off_policy import OFF_POLICY, OFF_POLICY_WHOLE, PLAUSIBLE, off_policy_batch
from shared import methods, plain, tensors_of, value_and_gradient
from whole import TOKENS

FIXTURES = "algo-off-policy/src/fixtures"
own = methods(
    trainer / "grpo_trainer.py", "GRPOTrainer", ["get_off_policy_mask", "get_gamma_weights", "get_high_entropy_mask"], {"math": math}
)
own["get_gamma_weights"] = torch.no_grad()(own["get_gamma_weights"])  # its decorator, which `methods` takes off

# ---------------------------------------------------------------- the four modes: statements in the midst of a method


def sampling_ratio():
    (owner,) = (node for node in ast.parse((trainer / "grpo_trainer.py").read_text()).body if isinstance(node, ast.ClassDef) and node.name == "GRPOTrainer")
    (method,) = (node for node in owner.body if isinstance(node, ast.FunctionDef) and node.name == "_generate_and_score_completions")
    (block,) = (
        node
        for node in ast.walk(method)
        if isinstance(node, ast.If) and any(isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "per_token_logps_diff" for each in node.body)
    )
    return compile(ast.Module(block.body, []), "grpo_trainer.py", "exec")


statements = sampling_ratio()


def ratio(b, mode, low, high):
    names = {
        "torch": torch,
        "math": math,
        "old_per_token_logps": b["oldLogProbs"],
        "sampling_per_token_logps": b["rolloutLogProbs"],
        "completion_mask": b["mask"],
        "tool_mask": None,
        "self": SimpleNamespace(vllm_importance_sampling_mode=mode, vllm_importance_sampling_clip_min=low, vllm_importance_sampling_clip_max=high),
    }
    exec(statements, names)
    return names["vllm_importance_sampling_ratio"]  # [B, T] or [B, 1]


MODES = ("token_truncate", "token_mask", "sequence_truncate", "sequence_mask")
BOUNDS = ((None, 3.0), (None, 1.25), (0.5, 3.0), (0.8, None))
write(
    f"{FIXTURES}/trl-importance.json",
    "GRPOTrainer._generate_and_score_completions",
    [
        {
            "batch": name,
            "options": {"mode": mode, "low": low, "high": high},
            "weights": plain(ratio(tensors_of(made), mode, low, high).expand(6, 5)),
        }
        for name, made in {name: OFF_POLICY[name] for name in ("close", "apart", "equal", "garbage")}.items()
        for mode in MODES
        for low, high in BOUNDS
        if not (mode.endswith("truncate") and low is not None)  # ours has no lower bound to cut to
    ],
    batches={name: OFF_POLICY[name] for name in ("close", "apart", "equal", "garbage")},
)

# ---------------------------------------------------------------- off-policy sequence mask


def off_policy(made, delta):
    b = tensors_of(made)
    kept = own["get_off_policy_mask"](b["advantages"], b["logProbs"], b["rolloutLogProbs"], b["mask"], delta)
    return plain(kept * torch.ones_like(b["mask"]))


# TRL's advantages are one a response; the function takes them of each token as well. NaN times a mask of 0 is NaN there: garbage isn't for it.
by_response = off_policy_batch([[0.0] * n for n in (5, 3, 1, 0, 4, 2)], advantages=[[-1.0] * 5, [-1.5] * 3, [1.0], [], [0.0] * 4, [-0.25] * 2])
masked = {**PLAUSIBLE, "byResponse": by_response}
write(
    f"{FIXTURES}/trl-off-policy-mask.json",
    "GRPOTrainer.get_off_policy_mask",
    [
        {"batch": name, "options": {"delta": delta}, "mask": off_policy(made, delta)}
        for name, made in masked.items()
        for delta in (0.5, 0.0, 0.0625, 0.6875)
    ],
    batches=masked,
)

# ---------------------------------------------------------------- in the loss


def loss(made, options, found=None):
    b = tensors_of(made)
    mode = options.get("mode")
    inputs = {
        **{name: torch.zeros(b["mask"].shape, dtype=torch.long) for name in ("prompt_ids", "prompt_mask", "completion_ids")},
        "completion_mask": b["mask"],
        "advantages": b["advantages"] if found is None else found,
        "old_per_token_logps": b["oldLogProbs"],
        "sampling_per_token_logps": b.get("rolloutLogProbs"),
        "num_items_in_batch": b["mask"].sum(),
        **({} if mode is None else {"importance_sampling_ratio": ratio(b, mode, options["low"], options["high"])}),
    }

    def of(log_probs):
        one = stand_in(log_probs, {"loss_type": options["loss_type"]})
        one.use_vllm = one.vllm_importance_sampling_correction = mode is not None
        one.off_policy_mask_threshold = options.get("delta")
        one.get_off_policy_mask, one.get_gamma_weights = own["get_off_policy_mask"], own["get_gamma_weights"]
        for name in ("k_pos", "lambda_pos", "k_neg", "lambda_neg"):
            setattr(one.args, f"vespo_{name}", options.get(name))
        return grpo_loss(one, None, inputs)

    return value_and_gradient(of, b["logProbs"])


write(
    f"{FIXTURES}/trl-corrected-loss.json",
    "GRPOTrainer._compute_loss",
    [
        {"batch": name, "options": options, **loss(made, options)}
        for name, made in masked.items()
        if name != "twoHundred"  # its ratios overflow at level sequence: TRL has no clamp
        for options in (
            {"loss_type": "dapo", "mode": "token_truncate", "low": None, "high": 3.0},
            {"loss_type": "dapo", "mode": "sequence_mask", "low": 0.5, "high": 3.0},
            {"loss_type": "grpo", "mode": "token_mask", "low": 0.5, "high": 3.0, "delta": 0.25},
            {"loss_type": "dapo", "delta": 0.5},
        )
    ],
    batches=masked,
)

# ---------------------------------------------------------------- VESPO

VESPO = [
    {"k_pos": 2.0, "lambda_pos": 3.0, "k_neg": 3.0, "lambda_neg": 2.0},
    {"k_pos": 1.0, "lambda_pos": 1.0, "k_neg": 1.0, "lambda_neg": 1.0},
    {"k_pos": 0.0, "lambda_pos": 0.0, "k_neg": 0.5, "lambda_neg": 4.0},
]
write(
    f"{FIXTURES}/trl-vespo.json",
    "GRPOTrainer._compute_loss",
    [
        {"batch": name, "options": options, **loss(made, {"loss_type": "vespo", **options})} for name, made in masked.items() for options in VESPO
    ],
    batches={name: {field: rows for field, rows in made.items() if field != "rolloutLogProbs"} for name, made in masked.items()},
)


def vespo(made):
    found = advantages(grpo_advantages, made["scores"], made["groupIds"], {})
    return {"advantages": plain(found), **loss({name: made[name] for name in TOKENS}, {"loss_type": "vespo", **VESPO[0]}, found)}


whole = {name: {field: rows for field, rows in made.items() if field != "rolloutLogProbs"} for name, made in OFF_POLICY_WHOLE.items()}
write(
    f"{FIXTURES}/trl-whole.json",
    "_generate_and_score_completions (its statements that make advantages), _compute_loss of GRPOTrainer",
    [{"algorithm": "vespo", "batch": name, **vespo(made)} for name, made in whole.items()],
    batches=whole,
    options={"vespo": {"loss_type": "vespo", **VESPO[0]}},
    note="advantages: one number a response",
)

# ---------------------------------------------------------------- entropies

accelerator = SimpleNamespace(pad_across_processes=lambda x, dim, pad_index: x, gather=lambda x: x)


def high_entropy(made, share):
    entropies = torch.tensor(made["entropies"], dtype=torch.float32)
    mask = torch.tensor(made["mask"], dtype=torch.float32)
    return plain(own["get_high_entropy_mask"](SimpleNamespace(accelerator=accelerator), entropies, mask, 1 - share).float())


def entropies(rows, mask):
    return {"entropies": [[(37 * i * i + 91 * t + 13 * i * t) % 128 / 32 for t in range(len(mask[i]))] for i in range(rows)], "mask": mask}


shapes = {
    "ordinary": entropies(6, PLAUSIBLE["close"]["mask"]),
    "ties": {"entropies": [[1.0, 1.0, 0.5, 0.5], [1.0, 0.5, 0.5, 0.5], [2.0, 1.0, 0.5, 9.0]], "mask": [[1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 0]]},
    "allEqual": {"entropies": [[0.75] * 4] * 2, "mask": [[1, 1, 1, 1], [1, 1, 0, 0]]},
    "zeros": {"entropies": [[0.0] * 4] * 2, "mask": [[1, 1, 1, 1], [1, 1, 0, 0]]},
    "oneToken": {"entropies": [[0.25, 3.0], [2.0, 2.0]], "mask": [[1, 0], [0, 0]]},
    "empty": {"entropies": [[0.25, 3.0], [2.0, 2.0]], "mask": [[0, 0], [0, 0]]},
    **{f"n{n}": entropies(1, [[1] * n]) for n in (2, 3, 6, 10, 11, 21, 51)},
}
write(
    f"{FIXTURES}/trl-high-entropy.json",
    "GRPOTrainer.get_high_entropy_mask",
    [
        {"batch": name, "options": {"share": share}, "mask": high_entropy(made, share)}
        for name, made in shapes.items()
        for share in (0.2, 0.1, 0.3, 0.5, 0.0, 1.0)
    ],
    batches=shapes,
)
