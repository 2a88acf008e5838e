import { checkShapes, kl } from "@rewardlab/core";
import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";

/**
 * Schulman's k2 near the reference, and linear far from it, so that one strange token can't outweigh all others (a pseudo-Huber loss).
 *
 *     x    = log π − log π_ref
 *     KL_t = δ² ( √(1 + (x/δ)²) − 1 )          ≈ x²/2 where |x| ≪ δ;  ≈ δ|x| where |x| ≫ δ          δ → delta
 */
export const templateName = kl({
  name: "template-name",
  summary: "(log π − log π_ref)²/2 that grows linearly beyond delta",
  options: z.strictObject({
    delta: z.number().positive().default(1).describe("δ: from where on it grows linearly"),
  }),
  create: ({ delta }) => ({
    apply: (logProbs, refLogProbs) => {
      checkShapes("template-name", { logProbs: [logProbs, "B T"], refLogProbs: [refLogProbs, "B T"] });
      return tf.tidy(() => {
        const x = tf.sub(logProbs, refLogProbs); // [B, T]
        return tf.mul(tf.sub(tf.sqrt(tf.add(tf.square(tf.div(x, delta)), 1)), 1), delta ** 2); // [B, T]
      });
    },
  }),
});
