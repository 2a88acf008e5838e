import { algorithm } from "@rewardlab/core";

/**
 * Clip-Cov as an algorithm: GRPO whose update leaves out a few of the tokens that would lower the entropy most (arXiv 2505.22617v1).
 *
 *     A_it = (R_i − mean) / (σ + ε)                of the G responses to one prompt              group-normalise, spread
 *     r_it = exp(log π_it − log π_old,it)                                                        token
 *     L    = (1/Σ_i |y_i|) Σ_it [t ∉ D] max(−r A, −clip(r, 0.8, 1.2) A)                          clip-cov, token-mean
 *
 * No KL. D are 2e-4 of the tokens of a minibatch, at least one, drawn among those with 1 < cov < 5: see clip-cov-surrogate.ts.
 */
const drawn = { use: "clip-cov", ratio: 2e-4, low: 1, high: 5, clipLow: 0.2, clipHigh: 0.2 };

export const clipCov = algorithm({
  name: "clip-cov",
  summary: "GRPO without the loss of a few tokens of high covariance, against the collapse of entropy",
  source: "arXiv 2505.22617v1",
  sources: {
    paper: "arXiv 2505.22617v1",
    verl: "verl 0.9.1: compute_grpo_outcome_advantage, compute_policy_loss_clip_cov, agg_loss",
  },
  presets: {
    paper: {
      advantage: [{ use: "group-normalise", deviation: "unbiased", epsilon: 1e-6 }, "spread"],
      loss: { ratio: "token", surrogate: drawn, aggregate: "token-mean" },
    },
    verl: {
      advantage: [{ use: "group-normalise", deviation: "unbiased", epsilon: 1e-6, singleton: "score" }, "spread"],
      loss: { ratio: "token", surrogate: drawn, aggregate: "token-mean" },
    },
  },
});
