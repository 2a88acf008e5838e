"""Runs OpenRLHF's algorithms from scores to the gradient, and writes what they give.

    python tools/oracles/openrlhf-algorithms.py FOLDER        FOLDER: the unpacked wheels (see README.md)

The KL is float32 within. The sum of the actor's step is restated: loss + β·kl loss (trainer/ray/ppo_actor.py).
"""

import torch

from from_openrlhf import losses, pipeline, utils, write
from shared import plain, tensors, value_and_gradient
from whole import CRITIC, PPO, TOKENS, WHOLE


def whole(made, o):
    b = tensors({name: made[name] for name in TOKENS})
    scores = torch.tensor(made["scores"], dtype=torch.float64)
    in_reward = utils["compute_approx_kl"](b["oldLogProbs"], b["refLogProbs"], kl_estimator="k1").double()
    kl = torch.zeros_like(in_reward) if o["use_loss"] else in_reward
    options = {"estimator": o["estimator"], "gamma": 1.0, "clip_range": (-10.0, 10.0), "kl_coef": o["init_coef"]}
    try:
        found = pipeline(scores, made["groupIds"], b["mask"], kl, options)
    except ZeroDivisionError as error:
        return {"error": str(error)}
    policy = losses["PolicyLoss"](*o["eps_clip_low_high"], policy_loss_type=o["policy_loss_type"])

    def loss(lp):
        total = policy(lp, b["oldLogProbs"], found.advantages, b["mask"])[0]
        if o["use_loss"]:
            k3 = utils["compute_approx_kl"](lp, b["refLogProbs"], kl_estimator="k3")
            total = total + losses["aggregate_loss"](k3, b["mask"]) * o["init_coef"]
        return total

    return {"returns": plain(found.returns), "advantages": plain(found.advantages), **value_and_gradient(loss, b["logProbs"])}


DEFAULT = {"init_coef": 0.01, "use_loss": False, "eps_clip_low_high": [0.2, 0.2], "policy_loss_type": "ppo"}
ALGORITHMS = {
    "grpo": {**DEFAULT, "estimator": "group_norm"},
    "dr-grpo": {**DEFAULT, "estimator": "dr_grpo"},
    "rloo": {**DEFAULT, "estimator": "rloo"},
    "dapo": {**DEFAULT, "estimator": "group_norm", "init_coef": 0.001, "use_loss": True, "eps_clip_low_high": [0.2, 0.3]},
    "gspo": {**DEFAULT, "estimator": "group_norm", "policy_loss_type": "gspo"},
}
write(
    "algo-grpo/src/fixtures/openrlhf.json",
    "compute_approx_kl, RemoteExperienceMaker.compute_advantages_and_returns, PolicyLoss, aggregate_loss",
    [{"algorithm": name, "batch": batch, **whole(made, options)} for name, options in ALGORITHMS.items() for batch, made in WHOLE.items()],
    batches=WHOLE,
    options=ALGORITHMS,
    note="the KL is float32 within",
)


def ppo(made, o):
    b = tensors({name: made[name] for name in CRITIC})
    kl = utils["compute_approx_kl"](b["oldLogProbs"], b["refLogProbs"], kl_estimator="k1").double()
    options = {"estimator": "gae", "gamma": o["gamma"], "lambda": o["lambd"], "clip_range": (-10.0, 10.0), "kl_coef": o["init_coef"]}
    scores = torch.tensor(made["scores"], dtype=torch.float64)
    found = pipeline(scores, made["groupIds"], b["mask"], kl, options, values=b["values"])
    policy = losses["PolicyLoss"](0.2, 0.2)
    value = losses["ValueLoss"](o["value_clip"])
    actor = value_and_gradient(lambda lp: policy(lp, b["oldLogProbs"], found.advantages, b["mask"])[0], b["logProbs"])
    critic = value_and_gradient(lambda new: value(new, b["values"], found.returns, b["mask"]), b["newValues"])
    return {
        "advantages": plain(found.advantages),
        "returns": plain(found.returns),
        **actor,
        "valueLoss": critic["loss"],
        "valueGradient": critic["gradient"],
    }


PPO_OPTIONS = {
    "ppo": {"init_coef": 0.01, "gamma": 1.0, "lambd": 1.0, "value_clip": 0.5},
    "ppo, other options": {"init_coef": 0.25, "gamma": 0.75, "lambd": 0.5, "value_clip": 0.2},
}
write(
    "algo-ppo/src/fixtures/openrlhf.json",
    "compute_approx_kl, RemoteExperienceMaker.compute_advantages_and_returns, PolicyLoss, ValueLoss, aggregate_loss",
    [{"algorithm": name, "batch": batch, **ppo(made, options)} for name, options in PPO_OPTIONS.items() for batch, made in PPO.items()],
    batches=PPO,
    options=PPO_OPTIONS,
    note="the KL and the whitening are float32 within; the value loss is not weighted",
)
