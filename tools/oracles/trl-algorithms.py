"""Runs TRL's GRPOTrainer and RLOOTrainer from scores to the gradient, with the options that make them each algorithm, and writes what they give.

    python tools/oracles/trl-algorithms.py FOLDER        FOLDER: the unpacked wheels (see README.md)
"""

import torch

from from_trl import DEFAULTS, advantages, grpo_advantages, loss, rloo_advantages, rloo_loss, stand_in, write
from shared import RULE_WEIGHTS, plain, tensors, value_and_gradient
from whole import RULES, TOKENS, WHOLE


def grpo(made, options):
    found = advantages(grpo_advantages, made["scores"], made["groupIds"], options)
    return {"advantages": plain(found), **loss({name: made[name] for name in TOKENS}, options, found)}


def rloo(made, options):
    b = tensors({name: made[name] for name in TOKENS})
    names = {"old_per_token_logps": b["oldLogProbs"], "ref_per_token_logps": b["refLogProbs"], "completion_mask": b["mask"], "gather": lambda x: x}
    found = advantages(rloo_advantages, made["scores"], made["groupIds"], options, names)
    inputs = {
        **{name: torch.zeros(b["mask"].shape, dtype=torch.long) for name in ("prompt_ids", "prompt_mask", "completion_ids")},
        "completion_mask": b["mask"],
        "advantages": found,
        "old_logps": (b["oldLogProbs"] * b["mask"]).sum(1),
    }
    return {"advantages": plain(found), **value_and_gradient(lambda lp: rloo_loss(stand_in(lp, options), None, inputs), b["logProbs"])}


WIDTH = 5  # max_completion_length: as wide as the batches
ALGORITHMS = {
    "grpo": {},
    "grpo, with its loss and KL": {"loss_type": "grpo", "beta": 0.04},
    "grpo, bnpo": {"loss_type": "bnpo", "beta": 0.04},
    "grpo, dapo with KL": {"beta": 0.04},
    "dr-grpo": {"loss_type": "dr_grpo", "scale_rewards": "none", "max_completion_length": WIDTH},
    "rloo": {"beta": 0.05},
    "dapo": {"epsilon_high": 0.28},
    "gspo": {"loss_type": "grpo", "importance_sampling_level": "sequence", "epsilon": 3e-4, "epsilon_high": 4e-4},
    "cispo": {"loss_type": "cispo", "epsilon_high": 5.0},
}
write(
    "algo-grpo/src/fixtures/trl.json",
    "_generate_and_score_completions (its statements that make advantages) and _compute_loss of GRPOTrainer; for rloo of RLOOTrainer",
    [
        {"algorithm": name, "batch": batch, **(rloo if name == "rloo" else grpo)(made, options)}
        for name, options in ALGORITHMS.items()
        for batch, made in WHOLE.items()
        if name in ("grpo", "dr-grpo", "rloo", "dapo", "gspo", "cispo") or batch in ("ordinary", "extremeRatios", "farFromReference")
    ],
    batches=WHOLE,
    options={name: {**{"loss_type": DEFAULTS["loss_type"], "epsilon": DEFAULTS["epsilon"], "beta": DEFAULTS["beta"]}, **options} for name, options in ALGORITHMS.items()},
    note="advantages: one number a response",
)


def gdpo(made, weights):
    options = {"multi_objective_aggregation": "normalize_then_sum", "reward_weights": weights}
    found = advantages(grpo_advantages, list(zip(*made["rewards"].values())), made["groupIds"], options)
    return {"advantages": plain(found), **loss({name: made[name] for name in TOKENS}, options, found)}


write(
    "algo-grpo/src/fixtures/trl-rules.json",
    "_generate_and_score_completions (its statements that make advantages) and _compute_loss of GRPOTrainer",
    [{"algorithm": "gdpo", "batch": batch, "weights": weights, **gdpo(made, weights)} for weights in RULE_WEIGHTS for batch, made in RULES.items()],
    batches=RULES,
    note="advantages: one number a response; weights in the order of the rules",
)

LATER = {
    "lite-ppo": {"scale_rewards": "batch"},
    "luspo": {"loss_type": "luspo", "importance_sampling_level": "sequence"},
}
write(
    "algo-grpo/src/fixtures/trl-later.json",
    "_generate_and_score_completions (its statements that make advantages) and _compute_loss of GRPOTrainer",
    [{"algorithm": name, "batch": batch, **grpo(made, options)} for name, options in LATER.items() for batch, made in WHOLE.items()],
    batches=WHOLE,
    options=LATER,
    note="advantages: one number a response",
)
