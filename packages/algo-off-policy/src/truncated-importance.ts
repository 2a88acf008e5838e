import * as tf from "@tensorflow/tfjs-core";
import type { Scalar } from "@tensorflow/tfjs-core";
import { correction, countTrue, Metrics } from "@rewardlab/core";
import { z } from "zod";
import { bounded } from "./bounded.ts";
import { importanceWeights, level, weightMetrics } from "./importance-weights.ts";

/**
 * Truncated importance sampling (TIS; Ionides 2008, "Truncated importance sampling"; verl 0.9.1, TRL 1.16.0): the token losses are weighted by how much
 * likelier the trainer holds what the sampler drew, up to a bound.
 *
 *     w   = exp(clamp(d, ±20))         d_t = log π_old(a_t) − log π_rollout(a_t), or its sum over the response      level
 *     L_t = min(w, C) · L_t                                                                                         C → cap
 */
export const truncatedImportance = correction({
  name: "truncated-importance",
  summary: "weights π_old/π_rollout, at most a cap",
  options: z.strictObject({
    level,
    cap: z.number().positive().default(2).describe("C: the largest weight (verl: 2, TRL: 3)"),
  }),
  metrics: {
    ...weightMetrics,
    truncatedWeightFraction: {
      title: "Truncated weights",
      unit: "share",
      of: "tokens",
      meaning: ({ cap }) => `Share of tokens whose weight was above ${cap} and was cut to it.`,
      zero: ({ cap }) => `No weight was above ${cap}.`,
    },
  },
  inject: { metrics: Metrics },
  create: (options, { metrics }) => ({
    apply: (batch) => {
      const cap = Math.fround(options.cap);
      return tf.tidy(() => {
        const weights = importanceWeights(options.level, batch); // [B, T]
        metrics.max("largestCorrectionWeight", tf.max(weights)); // []
        metrics.share("truncatedWeightFraction", countTrue(tf.greater(weights, cap)), tf.sum(batch.mask) as Scalar); // []
        return { weights: bounded(weights, 0, cap), mask: batch.mask.clone() }; // [B, T] each
      });
    },
  }),
});
