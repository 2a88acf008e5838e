import { aggregate, checkShapes, keepMasked } from "@rewardlab/core";
import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";

/**
 * The mean over responses of each one's sum over tokens, divided by a power of its length: between the mean over tokens and their sum.
 *
 *     L = (1/B) Σ_i T_i^−p Σ_t m_it L_it          p → power;  p = 1: each response weighs the same;  p = 0: each token does
 *
 * B counts the whole batch (`totals`), so that the results of micro-batches add up to exactly this.
 */
export const templateName = aggregate({
  name: "template-name",
  summary: "mean over responses of the token sum, divided by a power of the length",
  options: z.strictObject({
    power: z.number().min(0).max(1).default(0.5).describe("p: 1 is sequence-mean, 0 is sequence-sum"),
  }),
  create: ({ power }) => ({
    apply(tokenLoss, mask, totals) {
      checkShapes("template-name", { tokenLoss: [tokenLoss, "B T"], mask: [mask, "B T"] });
      return tf.tidy(() => {
        const lengths = tf.maximum(tf.sum(mask, 1), 1); // [B], an empty response has nothing to divide
        const sums = tf.sum(keepMasked(tokenLoss, mask), 1); // [B]
        return tf.div(tf.sum(tf.div(sums, tf.pow(lengths, power))), totals.sequences); // []
      });
    },
  }),
});
