import { algorithm } from "@rewardlab/core";

/**
 * A named choice of components: group-relative advantages without the division by the deviation, PPO's clip with a higher upper bound, and the mean over
 * tokens.
 *
 *     A_it = R_i − mean_{j ∈ group(i)} R_j                                                        group-centre, spread
 *     r_it = exp(log π_it − log π_old,it)                                                         token
 *     L    = (1/Σ_i T_i) Σ_i Σ_t max(−r A, −clip(r, 1 − 0.2, 1 + 0.28) A)                         clip, token-mean
 *
 * What an experiment says goes before what the preset says. The first variant is the default; where a paper and its code differ, each is one.
 */
export const templateName = algorithm({
  name: "template-name",
  summary: "group-centred advantages, clip-higher, mean over tokens",
  source: "the paper with its version, e.g. arXiv 2402.03300v3",
  presets: {
    paper: {
      advantage: ["group-centre", "spread"],
      loss: { ratio: "token", surrogate: { use: "clip", low: 0.2, high: 0.28 }, aggregate: "token-mean" },
    },
  },
});
