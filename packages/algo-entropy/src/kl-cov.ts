import { algorithm } from "@rewardlab/core";

/**
 * KL-Cov as an algorithm: GRPO without a clip, and with a penalty on the tokens that lower the entropy most (arXiv 2505.22617v1).
 *
 *     A_it = (R_i − mean) / (σ + ε)                of the G responses to one prompt              group-normalise, spread
 *     r_it = exp(log π_it − log π_old,it)                                                        token
 *     L    = (1/Σ_i |y_i|) Σ_it −r A + [t ∈ D] β |log r|                                         kl-cov, token-mean
 *
 * D are the tokens of a minibatch with the largest covariances: see kl-cov-surrogate.ts. The paper takes 2e-3 of them for its 7B model; verl 2e-4.
 */
export const klCov = algorithm({
  name: "kl-cov",
  summary: "GRPO without a clip, with a penalty on the few tokens of the highest covariance",
  source: "arXiv 2505.22617v1",
  sources: {
    paper: "arXiv 2505.22617v1, its 7B model",
    verl: "verl 0.9.1: compute_grpo_outcome_advantage, compute_policy_loss_kl_cov at its own defaults, agg_loss",
  },
  presets: {
    paper: {
      advantage: [{ use: "group-normalise", deviation: "unbiased", epsilon: 1e-6 }, "spread"],
      loss: { ratio: "token", surrogate: { use: "kl-cov", ratio: 2e-3, coefficient: 1 }, aggregate: "token-mean" },
    },
    verl: {
      advantage: [{ use: "group-normalise", deviation: "unbiased", epsilon: 1e-6, singleton: "score" }, "spread"],
      loss: { ratio: "token", surrogate: { use: "kl-cov", ratio: 2e-4, coefficient: 1 }, aggregate: "token-mean" },
    },
  },
});
