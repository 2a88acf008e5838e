import * as tf from "@tensorflow/tfjs-core";
import type { Scalar } from "@tensorflow/tfjs-core";
import { correction, countTrue, Metrics } from "@rewardlab/core";
import { z } from "zod";
import { importanceWeights, level, weightMetrics } from "./importance-weights.ts";

/**
 * Masked importance sampling (MIS; at level token IcePop, Ring-1T, arXiv 2510.18855v1): a weight beyond the bounds is 0 rather than the bound, since what
 * trainer and sampler disagree on so much is noise.
 *
 *     w   = exp(clamp(d, ±20))         d_t = log π_old(a_t) − log π_rollout(a_t), or its sum over the response      level
 *     L_t = w · [α ≤ w ≤ β] · L_t                                                                                   α → low, β → high
 *
 * NaN stays NaN, where verl makes it 0 and TRL 1.
 */
export const maskedImportance = correction({
  name: "masked-importance",
  summary: "weights π_old/π_rollout, 0 where they leave a range (IcePop)",
  options: z.strictObject({
    level,
    low: z.number().min(0).default(0.5).describe("α: the lowest weight (IcePop: 0.5; TRL: none, 0)"),
    high: z.number().positive().nullable().default(5).describe("β: the highest weight; null: none (IcePop: 5, TRL: 3)"),
  }),
  checks: [
    {
      reads: ["low", "high"],
      find: ({ low, high }: { low: number; high: number | null }) =>
        high === null || low <= high
          ? []
          : [{ path: ["low"], message: `${low} is given and high is ${high}: no weight would be kept; expected at most high` }],
    },
  ],
  metrics: {
    ...weightMetrics,
    maskedWeightFraction: {
      title: "Weights out of range",
      unit: "share",
      of: "tokens",
      meaning: ({ low, high }) => `Share of tokens whose weight was below ${low}${above(high)}, and became 0.`,
      zero: ({ low, high }) => `No weight was below ${low}${above(high)}.`,
    },
  },
  inject: { metrics: Metrics },
  create: (options, { metrics }) => ({
    apply: (batch) => {
      const [low, high] = [Math.fround(options.low), options.high === null ? Infinity : Math.fround(options.high)];
      return tf.tidy(() => {
        const weights = importanceWeights(options.level, batch); // [B, T]
        const out = tf.logicalOr(tf.less(weights, low), tf.greater(weights, high)); // bool [B, T], false for NaN
        const counted = tf.logicalAnd(out, tf.greater(batch.mask, 0)); // bool [B, T]
        metrics.max("largestCorrectionWeight", tf.max(weights)); // []
        metrics.share("maskedWeightFraction", countTrue(counted), tf.sum(batch.mask) as Scalar); // []
        return { weights: tf.where(out, tf.zerosLike(weights), weights), mask: batch.mask.clone() }; // [B, T] each
      });
    },
  }),
});

const above = (high: number | null) => (high === null ? "" : ` or above ${high}`);
