import { algorithm } from "@rewardlab/core";

/**
 * GMPO as an algorithm: GRPO's advantage, the geometric mean in the place of the arithmetic one (arXiv 2507.20673v1).
 *
 *     A_i = (R_i − mean) / (σ + ε)                 of the G responses to one prompt              group-normalise, spread
 *     L   = (1/G) Σ_i −A_i exp((1/|y_i|) Σ_t c_it)                                               gmpo, sequence-mean
 *
 * No KL. verl's mean and TRL's count a response without tokens in G.
 */
const geometric = { use: "gmpo", low: 0.4, high: 0.4 };
const counted = { use: "sequence-mean", emptySequences: "counted" };

export const gmpo = algorithm({
  name: "gmpo",
  summary: "GRPO with the geometric mean of a response's clipped ratios",
  source: "arXiv 2507.20673v1",
  sources: {
    paper: "arXiv 2507.20673v1",
    verl: "verl 0.9.1: compute_grpo_outcome_advantage, compute_policy_loss_geo_mean with clip_ratio 0.4",
    trl: "TRL 1.16.0: experimental GMPOTrainer at the defaults of GMPOConfig",
  },
  presets: {
    paper: {
      advantage: [{ use: "group-normalise", deviation: "unbiased", epsilon: 1e-6 }, "spread"],
      loss: { ratio: "token", surrogate: geometric, aggregate: "sequence-mean" },
    },
    verl: {
      advantage: [{ use: "group-normalise", deviation: "unbiased", epsilon: 1e-6, singleton: "score" }, "spread"],
      loss: { ratio: "token", surrogate: geometric, aggregate: counted },
    },
    trl: {
      advantage: [
        { use: "group-normalise", deviation: "unbiased", epsilon: 1e-4, singleton: "zero", nanScores: "left-out" },
        "spread",
      ],
      loss: { ratio: "token", surrogate: geometric, aggregate: counted },
    },
  },
});
