"""What NeMo-RL computes, derived by hand from its formulas, because it isn't on PyPI. README.md says what the derivation was compared with.

    python tools/oracles/nemo.py

Below, lp, lo, lr are log π, log π_old, log π_ref; m the mask; x = lp − lr; d = lp − lo; N = Σ m; T_i the tokens of response i; B all responses.
"""

import torch

from shared import RULE_WEIGHTS, fixture, plain, tensors, value_and_gradient
from whole import RULES, TOKENS, WHOLE

VERSION = "7ea279abfbeb698b092856d0dab61e7cf39bc909"
GDPO_VERSION = "00925dd1e44b816b5cb6afa27d23d7bd7af2b957"  # whose GDPO weighs the rules


# ---------------------------------------------------------------- KL: calculate_kl, as ClippedPGLossFn calls it


def kl(lp, lr, kind, clamp_input=20.0, clamp_output=10.0):
    """k1 = x, k2 = x²/2, k3 = e^−x − 1 + x of x clamped, times π/sg(π) where x was not clamped, then clamped."""
    x = (lp - lr).clamp(-clamp_input, clamp_input)
    k = {"k1": x, "k2": x * x / 2, "k3": torch.expm1(-x) + x}[kind]
    weight = torch.where((lp - lr).abs() <= clamp_input, torch.exp(lp - lp.detach()), 1.0)
    return (k * weight).clamp(-clamp_output, clamp_output)


# ---------------------------------------------------------------- advantages


def group_statistics(scores, ids, leave_one_out):
    """Mean and deviation of the responses to the same prompt, of the others alone with leave_one_out. A response alone: its own score, and 0."""
    means, deviations = [], []
    for i, score in enumerate(scores):
        counted = [scores[j] for j in range(len(scores)) if ids[j] == ids[i] and not (leave_one_out and j == i)]
        if ids.count(ids[i]) == 1:
            counted = [score]
        values = torch.stack(counted)
        means.append(values.mean())
        deviations.append(values.std() if len(counted) > 1 else torch.tensor(0.0, dtype=torch.float64))
    return torch.stack(means), torch.stack(deviations).nan_to_num(0.0)


def grpo_advantages(scores, ids, mask, o):
    """GRPOAdvantageEstimator: R − mean, over σ + 1e-6 where σ > 0; the same at every token."""
    mean, sigma = group_statistics(scores, ids, o["use_leave_one_out_baseline"])
    found = scores - mean
    if o["normalize_rewards"]:
        found = torch.where(sigma > 0, found / (sigma + 1e-6), found)
    return found.unsqueeze(1).expand(mask.shape)


def gdpo_advantages(rewards, weights, ids, mask, o):
    """GDPOAdvantageEstimator: Σ_k w_k of each rule's GRPO advantage, less their mean, over their deviation (n − 1) where it is above 0; no ε."""
    rules = [torch.tensor(values, dtype=torch.float64) for values in rewards.values()]
    found = sum(weight * grpo_advantages(values, ids, mask, o) for weight, values in zip(weights, rules, strict=True))[:, :1]
    sigma = found.std()
    found = (found - found.mean()) / sigma if sigma > 0 else found - found.mean()
    return found.expand(mask.shape)


def reinforce_advantages(scores, ids, b, o):
    """ReinforcePlusPlusAdvantageEstimator: R, less the group's mean, less β·k of the token; normalised with the biased variance over all tokens."""
    mask = b["mask"]
    if o["minus_baseline"]:
        scores = scores - group_statistics(scores, ids, False)[0]
    found = scores.unsqueeze(1).expand(mask.shape)
    if o["use_kl_in_reward"]:
        found = found - o["reference_policy_kl_penalty"] * kl(b["oldLogProbs"], b["refLogProbs"], o["reference_policy_kl_type"])
    mean = (found * mask).sum() / mask.sum()
    variance = ((found - mean) ** 2 * mask).sum() / mask.sum()
    return (found - mean) / variance.clamp(min=1e-8).sqrt()


# ---------------------------------------------------------------- loss: ClippedPGLossFn


def reduced(token_losses, mask, token_level):
    """Σ m L / (N + 1e-8), or (1/(B + 1e-8)) Σ_i Σ_t m L / (T_i + 1e-8)."""
    if token_level:
        return (token_losses * mask).sum() / (mask.sum() + 1e-8)
    return ((token_losses * mask).sum(1) / (mask.sum(1) + 1e-8)).sum() / (len(mask) + 1e-8)


def policy_loss(lp, b, advantages, o):
    mask = b["mask"]
    d = lp - b["oldLogProbs"]
    low, high = 1 - o["ratio_clip_min"], 1 + o["ratio_clip_max"]
    if o["sequence_level_importance_ratios"]:
        d = ((d * mask).sum(1, keepdim=True) / (mask.sum(1, keepdim=True) + 1e-8)).expand(d.shape)
    ratio = d.exp()
    if o["disable_ppo_ratio"]:
        token_losses = -advantages * lp
    elif o["use_cispo"]:
        token_losses = -advantages * ratio.clamp(low, high).detach() * lp
    else:
        token_losses = torch.maximum(-advantages * ratio, -advantages * ratio.clamp(low, high))
    if o["ratio_clip_c"] is not None:
        token_losses = torch.where(advantages < 0, torch.minimum(token_losses, -advantages * o["ratio_clip_c"]), token_losses)
    loss = reduced(token_losses, mask, o["token_level_loss"])
    if o["use_kl_in_reward"] or o["reference_policy_kl_penalty"] == 0:
        return loss
    k = o["reference_policy_kl_penalty"] * kl(lp, b["refLogProbs"], o["reference_policy_kl_type"])
    return loss + reduced(k, mask, o["token_level_loss"])


def whole(made, o):
    b = tensors({name: made[name] for name in TOKENS})
    scores = torch.tensor(made["scores"], dtype=torch.float64)
    if o["estimator"] == "grpo":
        found = grpo_advantages(scores, made["groupIds"], b["mask"], o)
    else:
        found = reinforce_advantages(scores, made["groupIds"], b, o)
    return {"advantages": plain(found), **value_and_gradient(lambda lp: policy_loss(lp, b, found, o), b["logProbs"])}


# the defaults of ClippedPGLossConfig, AdvEstimatorConfig
DEFAULT = {
    "estimator": "grpo",
    "normalize_rewards": True,
    "use_leave_one_out_baseline": True,
    "minus_baseline": True,
    "ratio_clip_min": 0.2,
    "ratio_clip_max": 0.2,
    "ratio_clip_c": None,
    "reference_policy_kl_penalty": 0.01,
    "reference_policy_kl_type": "k3",
    "use_kl_in_reward": False,
    "token_level_loss": True,
    "sequence_level_importance_ratios": False,
    "disable_ppo_ratio": False,
    "use_cispo": False,
}
ALGORITHMS = {
    "grpo": {},
    "rloo": {"normalize_rewards": False, "disable_ppo_ratio": True},
    "dapo": {"use_leave_one_out_baseline": False, "reference_policy_kl_penalty": 0.0, "ratio_clip_max": 0.28, "ratio_clip_c": 10.0},
    "gspo": {"reference_policy_kl_penalty": 0.0, "sequence_level_importance_ratios": True, "token_level_loss": False},
    "cispo": {"reference_policy_kl_penalty": 0.0, "ratio_clip_min": 1.0, "ratio_clip_max": 5.0, "use_cispo": True},
}
REINFORCE = {
    "reinforce++": {"estimator": "reinforce_plus_plus", "minus_baseline": False, "use_kl_in_reward": True},
    "reinforce++-baseline": {"estimator": "reinforce_plus_plus"},
}


def write(path, algorithms):
    cases = [
        {"algorithm": name, "batch": batch, **whole(made, {**DEFAULT, **options})} for name, options in algorithms.items() for batch, made in WHOLE.items()
    ]
    note = "derived by hand: NeMo-RL is not on PyPI; options are those that differ from ClippedPGLossConfig's and AdvEstimatorConfig's defaults"
    fixture(path, "NeMo-RL", VERSION, "GRPOAdvantageEstimator, ReinforcePlusPlusAdvantageEstimator, ClippedPGLossFn, calculate_kl", cases, WHOLE, algorithms, note, "nemo.py")


def gdpo(made, weights):
    b = tensors({name: made[name] for name in TOKENS})
    found = gdpo_advantages(made["rewards"], weights, made["groupIds"], b["mask"], DEFAULT)
    return {"advantages": plain(found), **value_and_gradient(lambda lp: policy_loss(lp, b, found, DEFAULT), b["logProbs"])}


if __name__ == "__main__":
    fixture(
        "algo-grpo/src/fixtures/nemo-rules.json",
        "NeMo-RL",
        GDPO_VERSION,
        "GDPOAdvantageEstimator, ClippedPGLossFn, calculate_kl",
        [{"algorithm": "gdpo", "batch": batch, "weights": weights, **gdpo(made, weights)} for weights in RULE_WEIGHTS for batch, made in RULES.items()],
        RULES,
        note="derived by hand: NeMo-RL is not on PyPI; at the defaults; weights in the order of the rules",
        script="nemo.py",
    )
    write("algo-grpo/src/fixtures/nemo.json", ALGORITHMS)
    write("algo-reinforcepp/src/fixtures/nemo.json", REINFORCE)

    # ------------------------------------------------------------ KL by itself: log π − log π_ref, and ∂(Σ k)/∂log π
    LOG_RATIOS = [0.0, 0.0009765625, -0.0009765625, 0.5, -0.5, 2.0, -2.0, 5.0, -5.0, 10.0, -10.0, 12.0, -12.0, 20.0, -20.0, 30.0, -30.0, 200.0, -200.0]

    def kl_case(kind):
        leaf = torch.full((len(LOG_RATIOS),), -1.0, dtype=torch.float64).requires_grad_(True)
        k = kl(leaf, leaf.detach() - torch.tensor(LOG_RATIOS, dtype=torch.float64), kind)
        k.sum().backward()
        return {"estimator": kind, "logRatios": LOG_RATIOS, "kl": plain(k), "gradient": plain(leaf.grad)}

    fixture(
        "core/src/components/kl/fixtures/nemo-kl.json",
        "NeMo-RL",
        VERSION,
        "calculate_kl, with the weights of ClippedPGLossFn",
        [kl_case(kind) for kind in ("k1", "k2", "k3")],
        note="derived by hand: NeMo-RL is not on PyPI; clamps ±20 and ±10",
        script="nemo.py",
    )
