import { countTrue, keepMasked, logRatio, Metrics, ratio, ratioMetrics, recordRatio } from "@rewardlab/core";
import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";

/**
 * The token ratio with a bound of its own on each side of its logarithm.
 *
 *     d_t = log π(a_t) − log π_old(a_t)
 *     ρ_t = exp( clip(d_t, −l, h) )          l → low;  h → high
 *
 * Where a bound holds it, its gradient is 0.
 */
export const templateName = ratio({
  name: "template-name",
  summary: "exp of the log ratio, kept between −low and high",
  options: z.strictObject({
    low: z.number().positive().default(3).describe("l: ρ is at least e^−l"),
    high: z.number().positive().max(80).default(1).describe("h: ρ is at most e^h; exp overflows from 88 on"),
  }),
  metrics: {
    ...ratioMetrics,
    boundedFraction: {
      title: "Bounded ratios",
      unit: "share",
      of: "tokens",
      meaning: ({ low, high }) => `Response tokens whose log ratio was below −${low} or above ${high}.`,
    },
  },
  inject: { metrics: Metrics },
  create: ({ low, high }, { metrics }) => ({
    apply: (batch) =>
      tf.tidy(() => {
        const d = logRatio(batch); // [B, T], 0 outside the mask
        const rho = tf.exp(tf.clipByValue(d, -low, high)); // [B, T]
        recordRatio(metrics, d, rho, batch.mask);
        const bounded = keepMasked(tf.logicalOr(tf.less(d, -low), tf.greater(d, high)), batch.mask); // bool [B, T]
        metrics.share("boundedFraction", countTrue(bounded), tf.sum(batch.mask));
        return rho;
      }),
  }),
});
