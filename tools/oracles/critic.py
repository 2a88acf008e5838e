"""What the critics' oracles are run on: rewards and values for GAE, predictions for the value loss, KLs for the controller of β."""

# Six responses: five tokens, three, one, none, four with a masked position among them, two. Plausible numbers in the padding.
MASK = [[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0], [1, 1, 0, 1, 1], [1, 1, 0, 0, 0]]
REWARDS = [
    [-0.125, 0.0625, 0.0, -0.25, 1.0],
    [0.0, 0.5, -1.0, 0.75, 0.75],
    [2.0, 0.75, 0.75, 0.75, 0.75],
    [0.75, 0.75, 0.75, 0.75, 0.75],
    [0.25, -0.5, 0.75, 0.125, 3.0],
    [-0.0625, 0.5, 0.75, 0.75, 0.75],
]
VALUES = [
    [0.5, 0.25, -0.125, 0.75, 0.375],
    [-0.5, 0.0, -1.25, 1.5, 1.5],
    [1.5, 1.5, 1.5, 1.5, 1.5],
    [1.5, 1.5, 1.5, 1.5, 1.5],
    [1.0, -0.75, 1.5, 0.5, 2.0],
    [0.25, 0.125, 1.5, 1.5, 1.5],
]


def with_padding(rows, value, mask=None):
    return [[number if inside else value for number, inside in zip(row, within)] for row, within in zip(rows, mask or MASK)]


GAE = {
    "ordinary": {"tokenRewards": REWARDS, "values": VALUES, "mask": MASK},
    "withoutGap": {"tokenRewards": REWARDS[:4], "values": VALUES[:4], "mask": MASK[:4]},
    "zeroValues": {"tokenRewards": REWARDS, "values": [[0.0] * 5] * 6, "mask": MASK},
    "oneToken": {"tokenRewards": [[2.0, 0.75]], "values": [[0.5, 1.5]], "mask": [[1, 0]]},
    "nothing": {"tokenRewards": [[2.0, 0.75]], "values": [[0.5, 1.5]], "mask": [[0, 0]]},
    "exact": {"tokenRewards": [[0.0, 0.5], [0.25, 0.75]], "values": [[0.5, 0.5], [0.25, 1.5]], "mask": [[1, 1], [1, 0]]},  # every δ is 0
    "hugeOutside": {"tokenRewards": with_padding(REWARDS, 1e30), "values": with_padding(VALUES, -1e30), "mask": MASK},
    "nanOutside": {"tokenRewards": with_padding(REWARDS, "NaN"), "values": with_padding(VALUES, "NaN"), "mask": MASK},
    "nanValue": {"tokenRewards": [[0.0, 1.0], [0.5, 0.75]], "values": [[0.25, "NaN"], [0.25, 1.5]], "mask": [[1, 1], [1, 0]]},
}
GAE_OPTIONS = [{"gamma": 1.0, "lambda": 1.0}, {"gamma": 1.0, "lambda": 0.95}, {"gamma": 0.5, "lambda": 0.75}, {"gamma": 0.5, "lambda": 0.0}]

# How far the prediction is from the old value: within the clip range of 0.25, at its ends, and outside of it on both sides.
MOVED = [[0.125, -0.125, 0.25, -0.25, 0.0], [0.5, -0.5, 1.0, 2.0, 2.0], [-2.0, 2.0, 2.0, 2.0, 2.0], [2.0] * 5, [0.375, -0.375, 2.0, 0.5, -0.25], [0.0, 4.0, 2.0, 2.0, 2.0]]
RETURNS = [[0.5, 1.0, -1.0, 0.25, 0.375], [1.0, -1.0, 0.5, 1.5, 1.5], [1.0, 1.5, 1.5, 1.5, 1.5], [1.5] * 5, [-1.0, 2.0, 1.5, 3.0, 0.0], [0.5, 0.25, 1.5, 1.5, 1.5]]


def plus(rows, more):
    return [[a + b for a, b in zip(*pair)] for pair in zip(rows, more)]


VALUE = {
    "ordinary": {"values": plus(VALUES, MOVED), "oldValues": VALUES, "returns": RETURNS, "mask": MASK},
    "unmoved": {"values": VALUES, "oldValues": VALUES, "returns": RETURNS, "mask": MASK},
    # both squares are 1/4, once with the gradient and once, clipped, without: torch.max passes half of it
    "tie": {"values": [[1.25, 0.0]], "oldValues": [[0.0, 0.0]], "returns": [[0.75, 0.5]], "mask": [[1, 1]]},
    "oneToken": {"values": [[1.0, 0.5], [0.5, 2.0]], "oldValues": [[0.5, 0.5], [0.5, 0.5]], "returns": [[2.0, 1.0], [0.25, 8.0]], "mask": [[1, 0], [0, 0]]},
    "nothing": {"values": [[1.0, 0.5]], "oldValues": [[0.5, 0.5]], "returns": [[2.0, 1.0]], "mask": [[0, 0]]},
    "hugeOutside": {"values": with_padding(plus(VALUES, MOVED), 1e30), "oldValues": VALUES, "returns": with_padding(RETURNS, -1e30), "mask": MASK},
    "nanOutside": {"values": with_padding(plus(VALUES, MOVED), "NaN"), "oldValues": VALUES, "returns": RETURNS, "mask": MASK},
    "hugeReturn": {"values": [[0.5, 0.25]], "oldValues": [[0.0, 0.25]], "returns": [[1000000.0, -1000000.0]], "mask": [[1, 1]]},
}

# β after each of a run of measured KLs. A KL is clipped at ±20 % of the target; it may be negative (k1) or NaN.
KL_RUNS = [
    {"coefficient": 0.0078125, "target": 0.5, "horizon": 64, "steps": 16, "kls": [0.5, 0.55, 0.45, 0.625, 0.375, 8.0, 0.0, -1.0, 0.6, 0.4]},
    {"coefficient": 0.2, "target": 6.0, "horizon": 10000, "steps": 256, "kls": [0.0] * 4 + [12.0] * 4 + [6.0, 6.6, 5.4]},
    {"coefficient": 0.125, "target": 0.25, "horizon": 8, "steps": 64, "kls": [1.0, 0.0, 0.0, 1.0]},  # steps beyond the horizon: below 0
    {"coefficient": 0.125, "target": 0.25, "horizon": 64, "steps": 16, "kls": [0.25, "NaN", 0.25]},
    {"coefficient": 0.0, "target": 0.25, "horizon": 64, "steps": 16, "kls": [1.0, 2.0]},
]


def coefficients(controller, run):
    found = []
    for kl in run["kls"]:
        controller.update(float(kl), run["steps"])
        found.append(float(controller.value))
    return found
