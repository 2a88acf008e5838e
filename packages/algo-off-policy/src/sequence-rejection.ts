import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { correction, countTrue, keepMasked, logRatio, Metrics } from "@rewardlab/core";
import { z } from "zod";
import { bounded } from "./bounded.ts";
import { LARGEST_LOG } from "./importance-weights.ts";

/**
 * Rejection of whole responses that the trainer and the sampler disagree on (verl 0.9.1, seq_mean_k3): kept are those whose mean KL estimate is small.
 *
 *     d_t  = clamp(log π_old(a_t) − log π_rollout(a_t), ±20)
 *     k3_t = e^(d_t) − 1 − d_t                                      of π_old against π_rollout, never negative
 *     keep the response where (1/T) Σ_t k3_t ≤ limit                limit → limit
 *
 * A response whose mean is NaN is rejected, and counted.
 */
export const sequenceRejection = correction({
  name: "sequence-rejection",
  summary: "drops responses whose mean KL between trainer and sampler exceeds a limit",
  options: z.strictObject({
    limit: z
      .number()
      .positive()
      .default(0.01)
      .describe("largest mean k3 of a response, in nats a token (verl: 0.01, typically 0.001 to 0.1)"),
  }),
  metrics: {
    rejectedResponses: {
      title: "Rejected responses",
      unit: "share",
      of: "responses",
      meaning: ({ limit }) => `Share of responses whose mean KL between trainer and sampler is above ${limit}.`,
      zero: ({ limit }) => `No response's mean KL between trainer and sampler was above ${limit}.`,
    },
    largestMeanK3: {
      title: "Largest mean KL of a response",
      stability: "largest",
      meaning: "The largest mean k3 between trainer and sampler of any response, in nats a token.",
    },
    nonFiniteMeanK3: {
      title: "Responses without a KL",
      unit: "count",
      of: "responses",
      meaning: "Responses whose mean KL between trainer and sampler is NaN: they are rejected.",
    },
  },
  inject: { metrics: Metrics },
  create: ({ limit }, { metrics }) => ({
    apply: ({ oldLogProbs, rolloutLogProbs, mask }) =>
      tf.tidy(() => {
        const apart = logRatio({ logProbs: oldLogProbs, oldLogProbs: rolloutLogProbs, mask }); // [B, T]
        const d = bounded(apart, -LARGEST_LOG, LARGEST_LOG); // [B, T]
        const k3 = keepMasked(tf.sub(tf.expm1(d), d) as Tensor2D, mask); // [B, T]
        const tokens = tf.sum(mask, 1, true); // [B, 1]
        const mean = tf.div(tf.sum(k3, 1, true), tf.maximum(tokens, 1)); // [B, 1]
        const keeps = tf.lessEqual(mean, Math.fround(limit)); // bool [B, 1], false for NaN
        const unknown = tf.isNaN(mean); // bool [B, 1]
        const there = tf.greater(tokens, 0); // bool [B, 1]
        metrics.share("rejectedResponses", countTrue(tf.logicalAnd(there, tf.logicalNot(keeps))), countTrue(there)); // []
        metrics.max("largestMeanK3", tf.max(tf.where(unknown, tf.zerosLike(mean), mean))); // []
        metrics.sum("nonFiniteMeanK3", countTrue(unknown)); // []
        const kept = keepMasked(tf.mul(tf.onesLike(mask), tf.cast(keeps, "float32")) as Tensor2D, mask); // [B, T]
        return { weights: mask.clone(), mask: kept }; // [B, T] each
      }),
  }),
});
