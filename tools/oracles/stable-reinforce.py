"""Writes what StableReinforce's loss and advantage filter give, in the form of the released code and of the paper.

    python tools/oracles/stable-reinforce.py

No package has them, so this is a derivation by hand, from the description of the released code (github.com/yfzhang114/r1_reward at 3693413a:
openrlhf/models/loss.py, PolicyLoss; openrlhf/trainer/ppo_utils/replay_buffer.py, normalize) and of the paper (arXiv 2505.02835v2). Each formula
stands above the lines that compute it; gradients are autograd's. When this file was written, loss, gradient and filter were compared with the
functions of that commit on every case below; see README.md.
"""

import math

import torch

from shared import BATCHES, batch, fixture, plain, tensors, value_and_gradient

LOW, HIGH = math.log(1e-3), math.log(1e3)


def token_loss(log_probs, old, advantages, low, high):
    """L_t = −min(r A, clip(r, 1 − low, 1 + high) A), r = exp(clip(log π − log π_old, ln 1e-3, ln 1e3))"""
    ratio = (log_probs - old).clamp(LOW, HIGH).exp()
    return -torch.minimum(ratio * advantages, ratio.clamp(1 - low, 1 + high) * advantages)


def policy_loss(log_probs, old, advantages, mask, low=0.2, high=0.2, keep_empty=True):
    """L = mean over responses of Σ_t m L_t / Σ_t m. A response without tokens makes it NaN (0/0), unless it is left out."""
    per_token = token_loss(log_probs, old, advantages, low, high)
    if not keep_empty:
        rows = mask.sum(1) > 0
        per_token, mask = per_token[rows], mask[rows]
    return ((per_token * mask).sum(1) / mask.sum(1)).mean()


def whiten(returns, mask):
    """z = (G − mean) / √max(var, 1e-8); mean and biased variance over all response tokens. (The code sums G over the padding too, where it is 0.)"""
    count = mask.sum()
    mean = (returns * mask).sum() / count
    variance = ((returns - mean) ** 2 * mask).sum() / count
    return (returns - mean) / variance.clamp(min=1e-8).sqrt(), mean


def official_filter(returns, mask):
    """z + 1e-8; 0 where it is outside mean ± 3, the mean being that of the returns; then 0 where |z| > 10, NaN or infinite."""
    z, mean = whiten(returns, mask)
    z = z + 1e-8
    z = torch.where((z < mean - 3) | (z > mean + 3), torch.zeros_like(z), z)
    return torch.where(torch.isfinite(z) & (z.abs() <= 10), z, torch.zeros_like(z)), mean


def paper_filter(returns, mask):
    """0 where |z| > 3"""
    z, mean = whiten(returns, mask)
    return torch.where(z.abs() > 3, torch.zeros_like(z), z), mean


FILTERS = {"official-code": official_filter, "paper": paper_filter}


def returns_of(scores, kl, mask, beta):
    """G_t = Σ_{s ≥ t} ([s is the last response token] clip(R, ±10) − β k_s)"""
    rewards = -beta * kl * mask
    for row, score in enumerate(scores):
        if mask[row].sum() > 0:
            rewards[row, int(mask[row].sum()) - 1] += score.clamp(-10, 10)
    return rewards.flip(1).cumsum(1).flip(1) * mask


def write(path, function, cases, **more):
    note = "no package exists: derived by hand from the description of the released code and of the paper; checked once against the code's own functions at that commit, not committed"
    fixture(path, "r1_reward", "3693413a (derived by hand)", function, cases, script="stable-reinforce.py", note=note, **more)


# ---------------------------------------------------------------- loss: pre-clip, clip, mean of means


def loss(made, options):
    b = tensors(made)
    return value_and_gradient(lambda lp: policy_loss(lp, b["oldLogProbs"], b["advantages"], b["mask"], keep_empty=options["keep_empty"]), b["logProbs"])


CLAMP = [6.875, 6.9375, -6.875, -6.9375]  # on either side of ± ln 1000 = 6.907755
batches = {
    **{name: BATCHES[name] for name in ("ordinary", "thirty", "twoHundred", "outside")},
    "atTheClamp": batch([4, 4, 4, 1], [CLAMP, CLAMP, CLAMP, [CLAMP[1]]], [[1.0] * 4, [-1.0] * 4, [0.0] * 4, [-2.0]]),
}
write(
    "algo-stablereinforce/src/fixtures/r1-reward-loss.json",
    "PolicyLoss",
    [{"batch": name, "options": {"clip_eps": 0.2, "keep_empty": keep}, **loss(made, {"keep_empty": keep})} for keep in (False, True) for name, made in batches.items()],
    batches=batches,
)

# ---------------------------------------------------------------- filter


def of_lengths(*rows):
    width = max(map(len, rows))
    return {"returns": [list(row) + [0.0] * (width - len(row)) for row in rows], "mask": [[1] * len(row) + [0] * (width - len(row)) for row in rows]}


filtered = {
    # mean 2.125: bounds [−0.875, 5.125]; the outlier stays under the code's rule and goes under the paper's
    "outlierStays": of_lengths([2.0] * 8, [2.0] * 7, [4.0]),
    # mean 2.5: everything at z = −1 goes under the code's rule
    "halfGoes": of_lengths([2.0, 3.0, 2.0], [3.0], [2.0, 3.0]),
    # mean 0.5: one z = 11.27, which both rules drop
    "beyondTen": of_lengths([0.0] * 64, [0.0] * 63 + [64.0]),
    "ordinary": of_lengths([1.0, 0.5, -2.0], [3.0], [], [0.25, -1.0]),
    "equal": of_lengths([0.5, 0.5], [0.5]),
    "oneToken": of_lengths([0.5], []),
    "nan": of_lengths([1.0, 0.5], ["NaN"]),
}


def filter_case(made, rule):
    returns = torch.tensor([[float(x) for x in row] for row in made["returns"]], dtype=torch.float64)
    mask = torch.tensor(made["mask"], dtype=torch.float64)
    found, mean = FILTERS[rule](returns, mask)
    return {"rule": rule, "mean": plain(mean), "advantages": plain(torch.where(mask > 0, found, torch.zeros_like(found)))}


write(
    "algo-stablereinforce/src/fixtures/r1-reward-filter.json",
    "NaiveReplayBuffer.normalize",
    [{"batch": name, **filter_case(made, rule)} for rule in FILTERS for name, made in filtered.items()],
    batches=filtered,
)

# ---------------------------------------------------------------- from scores to the gradient

REFERENCE = [[0.5, -0.25, 15.0, 1.0, 0.0], [0.0, 0.0, 2.0], [-0.5], [0.25, 0.5, -24.0, 0.0], [0.0, -0.125]]
RATIOS = [[0.5, -0.5, 0.125, -0.125, 0.0], [0.25, -0.375, 0.59375], [-0.28125], [30.0, -200.0, 0.0625, 0.0], [-0.59375, 0.34375]]
SCORES = {"ordinary": [1.5, 0.0, 0.5, 1.0, 14.0], "equal": [0.5] * 5, "nan": [1.5, 0.0, "NaN", 1.0, 0.5]}
tokens = batch([5, 3, 1, 4, 2], RATIOS, [[0.0] * len(row) for row in RATIOS], outside=[30.0, -200.0], reference=REFERENCE)
del tokens["advantages"]
whole_batches = {name: {"scores": scores, "groupIds": [0, 1, 2, 3, 4], **tokens} for name, scores in SCORES.items()}


def whole(made, rule):
    b = tensors(tokens)
    scores = torch.tensor([float(score) for score in made["scores"]], dtype=torch.float64)
    returns = returns_of(scores, b["oldLogProbs"] - b["refLogProbs"], b["mask"], 1e-3)
    found, _ = FILTERS[rule](returns, b["mask"])
    found = torch.where(b["mask"] > 0, found, torch.zeros_like(found))
    result = value_and_gradient(lambda lp: policy_loss(lp, b["oldLogProbs"], found, b["mask"]), b["logProbs"])
    return {"rule": rule, "returns": plain(returns), "advantages": plain(found), **result}


write(
    "algo-stablereinforce/src/fixtures/r1-reward-whole.json",
    "compute_approx_kl, compute_reward, get_cumulative_returns, NaiveReplayBuffer.normalize, PolicyLoss",
    [{"batch": name, **whole(made, rule)} for rule in FILTERS for name, made in whole_batches.items()],
    batches=whole_batches,
)
