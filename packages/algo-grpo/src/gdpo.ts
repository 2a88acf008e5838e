import { algorithm } from "@rewardlab/core";
import { trl, verl } from "./sources.ts";

/**
 * GDPO: GRPO for several rules, each normalised by itself before they are weighed, so that none drowns the others (arXiv 2601.05242v1, section 3).
 *
 *     a_ik = (r_ik − mean_k) / (σ_k + ε)            of rule k over the G responses to one prompt  reward.normalise
 *     S_i  = Σ_k w_k a_ik                           the experiment's rules and weights            reward.weights
 *     A_it = (S_i − mean) / (σ + ε)                 over the responses of the batch               batch-normalise, spread
 *     L    = (1/G) Σ_i (1/|y_i|) Σ_t max(−r A, −clip(r, 0.8, 1.2) A)                              clip, sequence-mean
 *
 * The paper leaves the KL out of its formula. verl whitens over tokens, so that long responses count more; NeMo-RL leaves the response out of its own
 * mean and σ, and has no ε in the batch's. A formula may stand for the weights: it then reads the normalised outcomes.
 */
const clip = { use: "clip", low: 0.2, high: 0.2 };
const each = (options: object) => ({ normalise: { deviation: "unbiased", ...options } });
const batch = (epsilon: number) => [{ use: "batch-normalise", deviation: "unbiased", epsilon }, "spread"];

export const gdpo = algorithm({
  name: "gdpo",
  summary: "GRPO whose rules are each normalised in their group, then weighed, then normalised over the batch",
  source: "arXiv 2601.05242v1",
  sources: {
    paper: "arXiv 2601.05242v1, section 3; ε from its released code",
    trl: `${trl}: GRPOTrainer with multi_objective_aggregation normalize_then_sum`,
    verl: `${verl}: compute_gdpo_outcome_advantage, compute_policy_loss_vanilla, agg_loss, as its GDPO example sets them`,
    nemo: "NeMo-RL at 00925dd1: GDPOAdvantageEstimator, ClippedPGLossFn, calculate_kl, at their defaults",
  },
  presets: {
    paper: {
      reward: each({ epsilon: 1e-4 }),
      advantage: batch(1e-4),
      loss: { ratio: "token", surrogate: clip, aggregate: "sequence-mean" },
    },
    trl: {
      reward: each({ epsilon: 1e-4 }),
      advantage: batch(1e-4),
      loss: { ratio: "token", surrogate: clip, aggregate: "token-mean" },
    },
    verl: {
      reward: each({ epsilon: 1e-6 }),
      advantage: ["spread", { use: "whiten", variance: "unbiased", epsilon: 1e-8, epsilonIn: "sum" }],
      loss: { ratio: { use: "clamped", limit: 20 }, surrogate: { ...clip, use: "dual-clip", cap: 3 }, aggregate: "token-mean" },
    },
    nemo: {
      reward: each({ epsilon: 1e-6, leaveOneOut: true }),
      kl: { use: "k3", in: "loss", coefficient: 1e-2, clampInput: 20, clampOutput: 10, gradient: "expectation" },
      advantage: batch(0),
      loss: { ratio: "token", surrogate: clip, aggregate: "token-mean" },
    },
  },
});
