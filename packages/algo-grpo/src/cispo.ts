import { algorithm } from "@rewardlab/core";
import { groupAdvantages } from "./group-advantages.ts";
import { nemo, trl, verl } from "./sources.ts";

/**
 * CISPO: REINFORCE with the group's advantage, weighted by an importance ratio that is clipped and has no gradient (MiniMax-M1,
 * arXiv 2506.13585v1, section 3.1, eq. 4–5).
 *
 *     A_it = (R_i − mean) / (σ + ε)                 of the G responses to one prompt              group-normalise, spread
 *     w_it = min(exp(log π_it − log π_old,it), 1 + ε_high)                                        token
 *     L    = (1/Σ_i |y_i|) Σ_it −sg(w_it) A_it log π_it                                           cispo, token-mean
 *
 * No lower bound and no KL. The paper tuned ε_high and doesn't tell it: 4, a weight of at most 5, is ScaleRL's (arXiv 2510.13786), and what
 * epsilon_high 5 means in TRL. verl's example has 0.2 and k3 in the loss, NeMo-RL's recipe 5, a weight of at most 6.
 */
const weight = (high: number) => ({ use: "cispo", low: null, high });

export const cispo = algorithm({
  name: "cispo",
  summary: "REINFORCE with the group's advantage, weighted by a clipped importance ratio",
  source: "arXiv 2506.13585v1",
  sources: {
    paper: "arXiv 2506.13585v1, section 3.1; ε_high from arXiv 2510.13786",
    trl: `${trl}: GRPOTrainer with loss_type cispo and epsilon_high 5`,
    verl: `${verl}: compute_grpo_outcome_advantage, compute_policy_loss_cispo, agg_loss, kl_penalty, as its CISPO example sets them`,
    nemo: `${nemo}: GRPOAdvantageEstimator, ClippedPGLossFn with use_cispo, as its CISPO recipe sets them`,
  },
  presets: {
    paper: {
      advantage: groupAdvantages.paper,
      loss: { ratio: "token", surrogate: weight(4), aggregate: "token-mean" },
    },
    trl: {
      advantage: groupAdvantages.trl,
      loss: { ratio: "token", surrogate: weight(4), aggregate: "token-mean" },
    },
    verl: {
      kl: { use: "k3", in: "loss", coefficient: 1e-3, clampInput: 20, clampOutput: 10 },
      advantage: groupAdvantages.verl,
      loss: { ratio: { use: "clamped", limit: 20 }, surrogate: weight(0.2), aggregate: "token-mean" },
    },
    nemo: {
      advantage: groupAdvantages.nemo,
      loss: { ratio: "token", surrogate: weight(5), aggregate: "token-mean" },
    },
  },
});
