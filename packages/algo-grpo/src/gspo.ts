import { algorithm } from "@rewardlab/core";
import { groupAdvantages } from "./group-advantages.ts";
import { nemo, openrlhf, trl, verl } from "./sources.ts";

/**
 * GSPO: GRPO with one importance ratio for each response (arXiv 2507.18071v2, section 4; clip range in section 5.1).
 *
 *     A_it = (R_i − mean) / (σ + ε)                 of the G responses to one prompt              group-normalise, spread
 *     s_i  = exp( (1/|y_i|) Σ_t log π_it − log π_old,it )                                         sequence
 *     L    = (1/G) Σ_i max(−s_i A_i, −clip(s_i, 1 − 3e-4, 1 + 4e-4) A_i)                          clip, sequence-mean
 *
 * verl has the token form (eq. 14): the same value, and while A is one number for a response, the same gradient; log s is at most 10 there.
 * OpenRLHF's and NeMo-RL's own defaults and recipe leave the clip range at 0.2, which a mean log ratio hardly ever reaches; OpenRLHF has k1 in
 * the reward, so that A varies within a response.
 */
const clip = { use: "clip", low: 3e-4, high: 4e-4 };
const wide = { use: "clip", low: 0.2, high: 0.2 };

export const gspo = algorithm({
  name: "gspo",
  summary: "GRPO with one importance ratio for each response, the geometric mean over its tokens",
  source: "arXiv 2507.18071v2",
  sources: {
    paper: "arXiv 2507.18071v2, section 4",
    trl: `${trl}: GRPOTrainer with importance_sampling_level sequence and loss_type grpo, as its paper index sets them`,
    verl: `${verl}: compute_grpo_outcome_advantage, compute_policy_loss_gspo, agg_loss (seq-mean-token-mean)`,
    openrlhf: `${openrlhf}: RemoteExperienceMaker.compute_advantages_and_returns (group_norm), PolicyLoss (gspo)`,
    nemo: `${nemo}: GRPOAdvantageEstimator, ClippedPGLossFn, as examples/configs/recipes/llm/grpo-gspo-deepscaler-1.5b-8K.yaml sets them`,
  },
  presets: {
    paper: {
      advantage: groupAdvantages.paper,
      loss: { ratio: "sequence", surrogate: clip, aggregate: "sequence-mean" },
    },
    trl: {
      advantage: groupAdvantages.trl,
      loss: { ratio: "sequence", surrogate: clip, aggregate: { use: "sequence-mean", emptySequences: "counted" } },
    },
    verl: {
      advantage: groupAdvantages.verl,
      loss: { ratio: { use: "sequence-token", largestLog: 10 }, surrogate: clip, aggregate: "sequence-mean" },
    },
    openrlhf: {
      kl: { use: "k1", in: "reward", coefficient: 1e-2, clampOutput: 10 },
      advantage: groupAdvantages.openrlhf,
      loss: { ratio: "sequence", surrogate: wide, aggregate: "sequence-mean" },
    },
    nemo: {
      advantage: groupAdvantages.nemo,
      loss: { ratio: "sequence", surrogate: wide, aggregate: { use: "sequence-mean", emptySequences: "counted" } },
    },
  },
});
