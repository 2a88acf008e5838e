import { correction, countTrue, logRatio, Metrics } from "@rewardlab/core";
import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";

/**
 * Tokens weigh less the more sampler and trainer disagree about them, whichever of the two holds them likelier.
 *
 *     d_t = log π_old(a_t) − log π_rollout(a_t)
 *     w_t = exp( −min(|d_t|, L) )          so that e^−L ≤ w ≤ 1          L → limit
 *
 * All tokens are kept; a `mask` with 0 drops one. No gradient flows through it: the policies that it compares are constants.
 */
export const templateName = correction({
  name: "template-name",
  summary: "weights that fall with what sampler and trainer disagree by",
  options: z.strictObject({
    limit: z.number().positive().default(2).describe("L: no token weighs less than e^−L"),
  }),
  metrics: {
    lightestFraction: {
      title: "Tokens of the least weight",
      unit: "share",
      of: "tokens",
      meaning: ({ limit }) => `Response tokens whose log-probability the sampler and the trainer gave ${limit} or more apart.`,
    },
  },
  inject: { metrics: Metrics },
  create: ({ limit }, { metrics }) => ({
    apply: ({ oldLogProbs, rolloutLogProbs, mask }) =>
      tf.tidy(() => {
        const apart = tf.abs(logRatio({ logProbs: oldLogProbs, oldLogProbs: rolloutLogProbs, mask })); // [B, T], 0 outside the mask
        metrics.share("lightestFraction", countTrue(tf.greaterEqual(apart, limit)), tf.sum(mask));
        return { weights: tf.exp(tf.neg(tf.clipByValue(apart, 0, limit))), mask: mask.clone() }; // [B, T] each
      }),
  }),
});
