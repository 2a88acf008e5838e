import { algorithm } from "@rewardlab/core";
import { groupAdvantages } from "./group-advantages.ts";
import { trl } from "./sources.ts";

/**
 * LUSPO: GSPO with each response's loss times its length, so that a long response is not worth less a token than a short one (arXiv 2602.05261v1).
 *
 *     A_it = (R_i − mean) / (σ + ε)                 of the G responses to one prompt              group-normalise, spread
 *     s_i  = exp( (1/|y_i|) Σ_t log π_it − log π_old,it )                                         sequence
 *     L    = (1/G) Σ_i |y_i| max(−s_i A_i, −clip(s_i, 1 − 3e-4, 1 + 4e-4) A_i)                    clip, sequence-sum
 *
 * The token losses of a response are all alike, so their sum is the length times one. The clip range is GSPO's. TRL's own default is 0.2, and it counts
 * a response without tokens in G.
 */
const clip = { use: "clip", low: 3e-4, high: 4e-4 };

export const luspo = algorithm({
  name: "luspo",
  summary: "GSPO with each response's loss times its length",
  source: "arXiv 2602.05261v1",
  sources: {
    paper: "arXiv 2602.05261v1; clip range from arXiv 2507.18071v2, section 5.1",
    trl: `${trl}: GRPOTrainer with loss_type luspo and importance_sampling_level sequence, at its other defaults`,
  },
  presets: {
    paper: {
      advantage: groupAdvantages.paper,
      loss: { ratio: "sequence", surrogate: clip, aggregate: "sequence-sum" },
    },
    trl: {
      advantage: groupAdvantages.trl,
      loss: {
        ratio: "sequence",
        surrogate: { use: "clip", low: 0.2, high: 0.2 },
        aggregate: { use: "sequence-sum", emptySequences: "counted" },
      },
    },
  },
});
