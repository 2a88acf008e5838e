"""What whole algorithms are run on, from scores and log-probabilities to the gradient."""

import math

from shared import RULE_SCORES, batch

LENGTHS = [5, 3, 1, 0, 4, 2]
RATIOS = [[0.5, -0.5, 0.125, -0.125, 0.0], [0.25, -0.375, 0.59375], [-0.28125], [], [0.5, -0.25, 0.0625, 0.0], [-0.59375, 0.34375]]
EXTREME = [*RATIOS[:4], [30.0, -200.0, 0.0625, 0.0], RATIOS[5]]
REFERENCE = [[0.5, -0.25, 0.125, 1.0, 0.0], [0.0, 0.0, 2.0], [-0.5], [], [0.25, 0.5, -1.0, 0.0], [0.0, -0.125]]
# log π − log π_ref beyond ±10, and that of log π_old too; beyond ±20 where log π itself is at −200
FAR = [[15.0, -0.25, -24.0, 1.0, 0.0], *REFERENCE[1:]]
# on both sides of ±10 and ±20, where frameworks clamp
BY_THE_LIMITS = [[9.75, -9.75, 10.5, -10.5, 0.0], [19.625, -19.75, 20.5], [-20.5], [], [0.25, 0.5, -1.0, 0.0], [10.25, -9.5]]
RATIOS_BY_THE_LIMITS = [[19.5, -19.5, 20.5, -20.5, 0.0], [9.5, -10.5, 0.59375], [20.5], [], [0.5, -0.25, 20.5, 0.0], [-19.5, 19.5]]

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
    "referenceByTheLimits": rollout([9.5, -10.5, 0.5, 10.5, -9.5, 1.0], THREES, reference=BY_THE_LIMITS),
    "ratiosByTheLimits": rollout([9.5, -10.5, 0.5, 10.5, -9.5, 1.0], THREES, ratios=RATIOS_BY_THE_LIMITS),
    "equal": rollout([0.5] * 3 + [0.1] * 3, THREES),
    "singletons": rollout([1.0, 0.0, 0.5, 0.75, -2.0, 3.0], [0, 1, 2, 3, 4, 5]),
    "nan": rollout([1.0, 0.0, 0.5, 0.75, math.nan, 3.0], THREES),
    "nanWithoutTokens": rollout([1.0, 0.0, 0.5, math.nan, -2.0, 3.0], THREES),
}
# The same with the outcomes of two rules in the place of scores.
RULES = {
    name: {"rewards": rules, **{field: rows for field, rows in rollout([], ids).items() if field != "scores"}}
    for name, (rules, ids) in RULE_SCORES.items()
    if name != "nan"
}
LIMITS = {name: WHOLE[name] for name in ("referenceByTheLimits", "ratiosByTheLimits")}
TOKENS = ("logProbs", "oldLogProbs", "refLogProbs", "mask")

# The same with a critic: its values at the rollout, and what it says after an update, never exactly at the end of a clip range of 0.2 or 0.5.
AT_ROLLOUT = [[0.5, 0.25, -0.125, 0.75, 0.375], [-0.5, 0.0, -1.25], [1.5], [], [1.0, -0.75, 0.5, 0.125], [0.25, 0.125]]
MOVED = [[0.125, -0.125, 0.25, -0.25, 0.0], [0.625, -0.375, 1.0], [-2.0], [], [0.375, -0.375, 0.0625, -0.25], [0.0, 4.0]]


def with_values(made):
    width = max(LENGTHS)
    old = [[*row, *[1.5] * (width - len(row))] for row in AT_ROLLOUT]
    new = [[value + step for value, step in zip(row, [*steps, *[2.0] * width])] for row, steps in zip(old, MOVED)]
    return {**made, "values": old, "newValues": new}


PPO = {name: with_values(WHOLE[name]) for name in ("ordinary", "extremeRatios", "farFromReference", "referenceByTheLimits", "ratiosByTheLimits", "equal")}
CRITIC = (*TOKENS, "values", "newValues")
