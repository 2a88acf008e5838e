"""Batches with a sampler beside the trainer, for what corrects the difference: log π_rollout, log π_old, log π."""

import math

from shared import ORDINARY_LENGTHS, VARYING
from whole import WHOLE

# log π_old − log π_rollout, and log π − log π_old
CLOSE = [[0.0625, -0.03125, 0.0, 0.015625, -0.0625], [0.03125, 0.0, -0.015625], [0.125], [], [0.0, 0.0, 0.0, 0.0], [-0.25, 0.1875]]
APART = [[0.75, -0.5, 1.625, -1.75, 0.25], [-0.875, -0.625, 0.125], [-0.6875], [], [0.5, 0.5, 0.5, 0.5], [1.5, -0.21875]]
UPDATES = [[0.5, -0.5, 0.125, -0.125, 0.0], [-0.75, -1.375, 0.0625], [-0.28125], [], [-2.5, -0.5, 0.0625, 0.0], [-0.59375, -1.34375]]


def off_policy_batch(mismatch, updates=UPDATES, advantages=VARYING, padding=(-2.0, -2.5, -3.0, 1.5)):
    """Rows of ORDINARY_LENGTHS; `padding`: what stands beyond them, of rollout, old, new and advantages."""
    width = max(ORDINARY_LENGTHS)
    made = {name: [] for name in ("rolloutLogProbs", "oldLogProbs", "logProbs", "advantages", "mask")}
    for row, length in enumerate(ORDINARY_LENGTHS):
        # log π between −5 and −3, so that all three policies' probabilities are below 1
        old = [-3 - ((7 * row + 11 * t) % 32) / 16 for t in range(length)]
        values = (
            [o - d for o, d in zip(old, mismatch[row])],
            old,
            [o + d for o, d in zip(old, updates[row])],
            advantages[row],
        )
        for name, own, beyond in zip(made, values, padding):
            made[name].append([*own, *([beyond] * (width - length))])
        made["mask"].append([1] * length + [0] * (width - length))
    return made


def far(d):
    """Log ratios of ±d at every token, alternating."""
    return [[d if t % 2 == row % 2 else -d for t in range(length)] for row, length in enumerate(ORDINARY_LENGTHS)]


OFF_POLICY = {
    "close": off_policy_batch(CLOSE),
    "apart": off_policy_batch(APART),
    "equal": off_policy_batch([[0.0] * length for length in ORDINARY_LENGTHS]),
    "thirty": off_policy_batch(far(30.0), far(-1.0)),
    "twoHundred": off_policy_batch(far(200.0), far(2.0)),
    "garbage": off_policy_batch(APART, padding=(math.nan, -math.inf, math.nan, math.nan)),
    "infinities": off_policy_batch(APART, padding=(-math.inf, 0.0, math.inf, -math.inf)),
}
PLAUSIBLE = {name: OFF_POLICY[name] for name in ("close", "apart", "equal", "thirty", "twoHundred")}

# Probabilities near 1 and near 0, moved by a little and by much; a token that doesn't move, A = 0, and both sides of a threshold of 0.15.
PROBABILITIES = [
    [(0.5, 0.6), (0.5, 0.7), (0.9, 0.99), (0.01, 0.2)],
    [(0.5, 0.4), (0.5, 0.3), (0.99, 0.8), (0.2, 0.01)],
    [(0.999, 0.9999), (0.9999, 0.999), (1e-6, 1e-3), (0.25, 0.25)],
    [(0.3, 0.6), (0.6, 0.3), (0.05, 0.3), (0.7, 0.1)],
    [(0.001, 0.05), (0.002, 0.9), (0.9, 0.002), (0.4, 0.5)],
]
SIGNS = [[1.0, 1.0, 0.5, 2.0], [-1.0, -1.0, -0.5, -2.0], [1.0, -1.0, 2.0, 0.0], [-1.0, 1.0, -1.0, 0.0], [1.0, 1.0, -1.0, 1.0]]
MOVED = {
    "probabilities": {
        "oldLogProbs": [[round(math.log(old) * 2**16) / 2**16 for old, _ in row] for row in PROBABILITIES],
        "logProbs": [[round(math.log(new) * 2**16) / 2**16 for _, new in row] for row in PROBABILITIES],
        "advantages": SIGNS,
        "mask": [[1, 1, 1, 1], [1, 1, 1, 0], [1, 1, 1, 1], [0, 0, 0, 0], [1, 1, 1, 1]],
    },
    "certain": {  # π = 1 exactly, and next to it
        "oldLogProbs": [[0.0, -0.0009765625, -0.0078125, 0.0], [-0.5, 0.0, -4.0, -0.0009765625]],
        "logProbs": [[-0.0009765625, 0.0, -0.25, -3.0], [0.0, -0.5, -0.0078125, 0.0]],
        "advantages": [[1.0, -1.0, 1.0, -1.0], [1.0, -1.0, 1.0, -1.0]],
        "mask": [[1, 1, 1, 1], [1, 1, 1, 1]],
    },
}


def whole_batch(made):
    """A batch of whole.py with log π lower by 4, so that they are probabilities, and with a sampler that is apart by up to e^1.75."""
    lower = {name: [[value - 4 for value in row] for row in made[name]] for name in ("logProbs", "oldLogProbs", "refLogProbs")}
    sampler = [
        [*(old - d for old, d in zip(row, apart)), *row[len(apart) :]] for row, apart in zip(lower["oldLogProbs"], APART)
    ]
    return {**made, **lower, "rolloutLogProbs": sampler}


OFF_POLICY_WHOLE = {name: whole_batch(made) for name, made in WHOLE.items()}
