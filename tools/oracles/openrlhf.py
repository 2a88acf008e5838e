"""Runs OpenRLHF's own policy loss, aggregation, KL and advantage functions, and writes what they give.

    python tools/oracles/openrlhf.py FOLDER        FOLDER: the unpacked wheel (see README.md)

OpenRLHF takes log ratios of the KL and the normalisation of advantages in float32, whatever it is given; the rest is float64.
"""

from types import SimpleNamespace
from typing import List

import torch

from from_openrlhf import COMPONENTS, losses, maker, pipeline, root, utils, write
from shared import AT_THE_BOUND, BATCHES, LENGTH_OPTIONS, LENGTHS, SCORES, batch, definitions, plain, response_lengths, tensors, value_and_gradient
from whole import LIMITS

# ---------------------------------------------------------------- policy losses


def loss(made, options, advantages=None):
    b = tensors(made)
    policy = losses["PolicyLoss"](**options)
    found = b["advantages"] if advantages is None else advantages
    return value_and_gradient(lambda lp: policy(lp, b["oldLogProbs"], found, b["mask"])[0], b["logProbs"])


def cases(names, *variants):
    return [{"batch": name, "options": options, **loss(BATCHES[name], options)} for options in variants for name in names]


bound = {"clip_eps_low": AT_THE_BOUND["low"], "clip_eps_high": AT_THE_BOUND["high"]}
write(
    f"{COMPONENTS}/surrogate/fixtures/openrlhf-clip.json",
    "PolicyLoss",
    [
        *cases(BATCHES, {"clip_eps_low": 0.2, "clip_eps_high": 0.28}, {"clip_eps_low": 0.2, "clip_eps_high": 0.2, "dual_clip": 3.0}),
        *cases(["atTheBound"], bound, {**bound, "dual_clip": 1.5}),
        *cases(["ordinary", "onPolicy", "outside"], {"clip_eps_low": 0.2, "clip_eps_high": 0.2, "token_level_loss": False}),
    ],
    batches=BATCHES,
)
write(
    f"{COMPONENTS}/ratio/fixtures/openrlhf-gspo.json",
    "PolicyLoss",
    cases(
        BATCHES,
        {"policy_loss_type": "gspo", "clip_eps_low": 0.2, "clip_eps_high": 0.2},
        {"policy_loss_type": "gspo", "clip_eps_low": 3e-4, "clip_eps_high": 4e-4},
    ),
    batches=BATCHES,
)

# ---------------------------------------------------------------- aggregation

AGGREGATED = {
    "ordinary": {name: BATCHES["ordinary"][name] for name in ("advantages", "mask")},
    "oneToken": {"advantages": [[3.0, 7.0], [5.0, -2.0]], "mask": [[0, 0], [1, 0]]},
    "empty": {"advantages": [[3.0, 7.0], [5.0, -2.0]], "mask": [[0, 0], [0, 0]]},
}


def aggregate(made, token_level):
    b = tensors(made)
    return value_and_gradient(lambda x: losses["aggregate_loss"](x, b["mask"], token_level_loss=token_level), b["advantages"])


write(
    f"{COMPONENTS}/aggregate/fixtures/openrlhf-aggregate.json",
    "aggregate_loss",
    [{"batch": name, "options": {"token_level_loss": level}, **aggregate(made, level)} for level in (True, False) for name, made in AGGREGATED.items()],
    batches={name: {"tokenLoss": made["advantages"], "mask": made["mask"]} for name, made in AGGREGATED.items()},
)

# ---------------------------------------------------------------- KL estimators

LOG_RATIOS = [0.0, 0.0009765625, -0.0009765625, 0.5, -0.5, 2.0, -2.0, 5.0, -5.0, 9.75, -9.75, 10.0, 12.0, -12.0, 20.0, -20.0, 30.0, -30.0, 200.0, -200.0]


def kl(estimator):
    leaf = torch.full((len(LOG_RATIOS),), -1.0, dtype=torch.float64).requires_grad_(True)
    k = utils["compute_approx_kl"](leaf, leaf.detach() - torch.tensor(LOG_RATIOS, dtype=torch.float64), kl_estimator=estimator)
    k.sum().backward()
    return {"estimator": estimator, "logRatios": LOG_RATIOS, "kl": plain(k), "gradient": plain(leaf.grad)}


write(f"{COMPONENTS}/kl/fixtures/openrlhf-kl.json", "compute_approx_kl", [kl(name) for name in ("k1", "k2", "k3")], note="its KL is float32")

# ---------------------------------------------------------------- advantages


def number(scores):
    return torch.tensor([float(score) for score in scores], dtype=torch.float64)


ESTIMATORS = ["reinforce", "reinforce_baseline", "rloo", "group_norm", "dr_grpo"]
# nearlyEqual: a variance below the 1e-8 that whitening doesn't go under
grouped = {**SCORES, "singletons": ([1.0, 0.0, 0.5], [0, 1, 2]), "nearlyEqual": ([0.5, 0.5, 0.50006103515625], [0, 0, 0])}
group_batches = {
    name: {"scores": scores, "groupIds": ids, "mask": [[1] * n + [0] * (3 - n) for n in response_lengths(len(scores))]}
    for name, (scores, ids) in grouped.items()
}


def group_case(name, estimator, extra):
    made = group_batches[name]
    mask = torch.tensor(made["mask"], dtype=torch.float64)
    options = {"estimator": estimator, "gamma": 1.0, "clip_range": [-10.0, 10.0], "kl_coef": 0.0, **extra}
    try:
        found = pipeline(number(made["scores"]), made["groupIds"], mask, torch.zeros_like(mask), options)
    except ZeroDivisionError as error:
        return {"batch": name, "options": options, "error": str(error)}
    return {"batch": name, "options": options, "returns": plain(found.returns), "advantages": plain(found.advantages)}


write(
    f"{COMPONENTS}/advantage/fixtures/openrlhf-advantages.json",
    "RemoteExperienceMaker.compute_advantages_and_returns",
    [group_case(name, estimator, {}) for estimator in ESTIMATORS for name in group_batches],
    batches=group_batches,
    note="whitening (reinforce, reinforce_baseline) is float32 within; equal group sizes only",
)

rewards = {"tokenRewards": [[1.0, 8.0, -0.5, 2.0], [0.5, 0.25, 1.0, 8.0]], "mask": [[1, 0, 1, 1], [1, 1, 1, 0]]}
b = tensors(rewards)
write(
    f"{COMPONENTS}/advantage/fixtures/openrlhf-returns.json",
    "RemoteExperienceMaker.get_cumulative_returns",
    [
        {"batch": "gap", "options": {"gamma": gamma}, "advantages": plain(maker["get_cumulative_returns"](None, b["tokenRewards"], b["mask"], gamma))}
        for gamma in (1.0, 0.5)
    ],
    batches={"gap": rewards},
    note="advantages holds the returns",
)

# ---------------------------------------------------------------- REINFORCE++ from scores to the gradient

REFERENCE = [[0.5, -0.25, 0.125, 1.0, 0.0], [0.0, 0.0, 2.0], [-0.5], [], [0.25, 0.5, -1.0, 0.0], [0.0, -0.125]]
RATIOS = [[0.5, -0.5, 0.125, -0.125, 0.0], [0.25, -0.375, 0.59375], [-0.28125], [], [30.0, -200.0, 0.0625, 0.0], [-0.59375, 0.34375]]


def rollout(reference, ratios=RATIOS):
    made = batch([5, 3, 1, 0, 4, 2], ratios, [[0.0] * len(row) for row in ratios], outside=[30.0, -200.0], reference=reference)
    return {name: rows for name, rows in made.items() if name != "advantages"}


tokens = rollout(REFERENCE)
# The KL in the reward is that of oldLogProbs; in this batch its log ratio leaves ±10 at the first and third token of the first response.
far = rollout([[15.0, -0.25, -24.0, 1.0, 0.0], *REFERENCE[1:]], [[0.5, -0.5, 0.125, -0.125, 0.0], [0.25, -0.375, 0.59375], [-0.28125], [], [0.5, -0.5, 0.0625, 0.0], [-0.59375, 0.34375]])
groups = [0, 0, 0, 1, 1, 1]
whole_batches = {
    "ordinary": {"scores": [1.0, 0.0, 0.5, 0.75, -2.0, 14.0], "groupIds": groups, **tokens},
    "farFromReference": {"scores": [1.0, 0.0, 0.5, 0.75, -2.0, 3.0], "groupIds": groups, **far},
    "equal": {"scores": [0.5] * 6, "groupIds": groups, **tokens},
    "nan": {"scores": [1.0, 0.0, 0.5, 0.75, "NaN", 3.0], "groupIds": groups, **tokens},
    "nanWithoutTokens": {"scores": [1.0, 0.0, 0.5, "NaN", -2.0, 3.0], "groupIds": groups, **tokens},
    **LIMITS,
}


def whole(made, extra):
    options = {"gamma": 1.0, "clip_range": [-10.0, 10.0], "kl_coef": 0.01, **extra}
    b = tensors({name: made[name] for name in tokens})
    k = utils["compute_approx_kl"](b["oldLogProbs"], b["refLogProbs"], kl_estimator="k1").double()
    found = pipeline(number(made["scores"]), made["groupIds"], b["mask"], k, options)
    return {"options": options, "returns": plain(found.returns), "advantages": plain(found.advantages), **loss({name: made[name] for name in tokens}, {}, found.advantages)}


variants = [{"estimator": "reinforce"}, {"estimator": "reinforce", "gamma": 0.5}, {"estimator": "reinforce_baseline"}]
write(
    "algo-reinforcepp/src/fixtures/openrlhf-reinforce-plus-plus.json",
    "compute_approx_kl, RemoteExperienceMaker.compute_advantages_and_returns, PolicyLoss",
    [{"batch": name, **whole(made, extra)} for extra in variants for name, made in whole_batches.items()],
    batches=whole_batches,
    note="the KL and the whitening are float32 within",
)

# ---------------------------------------------------------------- overlong: what is added to the score of a response of each length

penalise = definitions(root / "trainer/ppo_utils/length_penalty.py", ["apply_overlong_penalty"], {"List": List})["apply_overlong_penalty"]


def overlong(longest, buffer, factor):
    experience = SimpleNamespace(response_length=torch.tensor(LENGTHS), rewards=torch.zeros(len(LENGTHS), dtype=torch.float64))
    penalise([experience], longest, buffer, factor)
    return {"options": {"longest": longest, "buffer": buffer, "factor": factor}, "lengths": LENGTHS, "penalties": plain(experience.rewards)}


write(
    f"{COMPONENTS}/sampler/fixtures/openrlhf-overlong.json",
    "apply_overlong_penalty",
    [overlong(**options, factor=factor) for options in LENGTH_OPTIONS if options["buffer"] > 0 for factor in (1.0, 0.5)],
    note="no length is beyond longest in its rollouts; a buffer of 0 divides by 0 there",
)
