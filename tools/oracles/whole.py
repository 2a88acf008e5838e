"""What whole algorithms are run on, from scores and log-probabilities to the gradient."""

import math

from shared import batch

LENGTHS = [5, 3, 1, 0, 4, 2]
RATIOS = [[0.5, -0.5, 0.125, -0.125, 0.0], [0.25, -0.375, 0.59375], [-0.28125], [], [0.5, -0.25, 0.0625, 0.0], [-0.59375, 0.34375]]
EXTREME = [*RATIOS[:4], [30.0, -200.0, 0.0625, 0.0], RATIOS[5]]
REFERENCE = [[0.5, -0.25, 0.125, 1.0, 0.0], [0.0, 0.0, 2.0], [-0.5], [], [0.25, 0.5, -1.0, 0.0], [0.0, -0.125]]
# log π − log π_ref beyond ±10, and that of log π_old too; beyond ±20 where log π itself is at −200
FAR = [[15.0, -0.25, -24.0, 1.0, 0.0], *REFERENCE[1:]]

THREES = [0, 0, 0, 1, 1, 1]
SCORES = [1.0, 0.0, 0.5, 0.75, -2.0, 14.0]


def rollout(scores, ids, ratios=RATIOS, reference=REFERENCE):
    made = batch(LENGTHS, ratios, [[0.0] * n for n in LENGTHS], outside=[30.0, -200.0], reference=reference)
    return {"scores": scores, "groupIds": ids, **{name: rows for name, rows in made.items() if name != "advantages"}}


WHOLE = {
    "ordinary": rollout(SCORES, THREES),
    "pairs": rollout([1.0, 0.0, 0.5, 0.75, -2.0, 3.0], [0, 0, 1, 1, 2, 2]),
    "extremeRatios": rollout([1.0, 0.0, 0.5, 0.75, -2.0, 3.0], THREES, ratios=EXTREME),
    "farFromReference": rollout([1.0, 0.0, 0.5, 0.75, -2.0, 3.0], THREES, reference=FAR),
    "equal": rollout([0.5] * 3 + [0.1] * 3, THREES),
    "singletons": rollout([1.0, 0.0, 0.5, 0.75, -2.0, 3.0], [0, 1, 2, 3, 4, 5]),
    "nan": rollout([1.0, 0.0, 0.5, 0.75, math.nan, 3.0], THREES),
    "nanWithoutTokens": rollout([1.0, 0.0, 0.5, math.nan, -2.0, 3.0], THREES),
}
TOKENS = ("logProbs", "oldLogProbs", "refLogProbs", "mask")
