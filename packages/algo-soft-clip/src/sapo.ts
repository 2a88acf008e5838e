import { algorithm } from "@rewardlab/core";

/**
 * SAPO as an algorithm: GRPO's advantage, the gate in the place of the clip (arXiv 2511.20347v1).
 *
 *     A_it = (R_i − mean) / (σ + ε)                of the G responses to one prompt              group-normalise, spread
 *     r_it = exp(log π_it − log π_old,it)                                                        token
 *     L    = (1/G) Σ_i (1/|y_i|) Σ_t −(4/τ) σ(τ (r − 1)) A                                       sapo, sequence-mean
 *
 * No KL. verl clamps the log ratio to ±20; TRL counts a response without tokens in G.
 */
const gate = { use: "sapo", positive: 1, negative: 1.05 };

export const sapo = algorithm({
  name: "sapo",
  summary: "GRPO with a soft gate by a sigmoid in the place of the clip",
  source: "arXiv 2511.20347v1",
  sources: {
    paper: "arXiv 2511.20347v1",
    verl: "verl 0.9.1: compute_grpo_outcome_advantage, compute_policy_loss_sapo, agg_loss",
    trl: "TRL 1.16.0: GRPOTrainer with loss_type sapo",
  },
  presets: {
    paper: {
      advantage: [{ use: "group-normalise", deviation: "unbiased", epsilon: 1e-6 }, "spread"],
      loss: { ratio: "token", surrogate: gate, aggregate: "sequence-mean" },
    },
    verl: {
      advantage: [{ use: "group-normalise", deviation: "unbiased", epsilon: 1e-6, singleton: "score" }, "spread"],
      loss: { ratio: { use: "clamped", limit: 20 }, surrogate: gate, aggregate: "sequence-mean" },
    },
    trl: {
      advantage: [
        { use: "group-normalise", deviation: "unbiased", epsilon: 1e-4, singleton: "zero", nanScores: "left-out" },
        "spread",
      ],
      loss: { ratio: "token", surrogate: gate, aggregate: { use: "sequence-mean", emptySequences: "counted" } },
    },
  },
});
