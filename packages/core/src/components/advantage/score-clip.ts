import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import { advantageStep } from "../../plugin/component.ts";
import { countTrue } from "../../math/masked.ts";
import { clippedBounds, idleWithin } from "../../plugin/idle.ts";
import { checkShapes } from "../../math/shapes.ts";
import { Metrics } from "../../services/metrics.ts";

/**
 * Bounds the score of a response before the KL penalty is taken off (OpenRLHF 0.11's reward.clip_range, on by default at ±10).
 *
 *     R_i ← clip(R_i, low, high)                   NaN stays NaN
 */
export const scoreClip = advantageStep({
  name: "score-clip",
  summary: "score clipped to [low, high]",
  takes: "scores",
  gives: "scores",
  options: z
    .strictObject({
      low: z.number().default(-10).describe("lowest score (OpenRLHF: −10)"),
      high: z.number().default(10).describe("highest score (OpenRLHF: 10)"),
    })
    .refine(({ low, high }) => low <= high, "low is above high"),
  metrics: {
    scoreClipFraction: {
      title: "Scores clipped",
      unit: "share",
      of: "responses",
      guard: true,
      meaning: ({ low, high }) => `Responses whose score was below ${low} or above ${high}, and was set to that bound.`,
      zero: ({ low, high }) => `No score was outside ${low} to ${high}.`,
    },
  },
  inject: { metrics: Metrics },
  idle: ({ low, high }, { incoming }) => idleWithin(incoming, low, high),
  bounds: ({ low, high }, { incoming }) => clippedBounds(incoming, low, high, "clipped scores"),
  create: ({ low, high }, { metrics }) => ({
    apply(scores) {
      checkShapes("score-clip", { scores: [scores, "B"] });
      return tf.tidy(() => {
        const outside = tf.logicalOr(tf.less(scores, low), tf.greater(scores, high)); // bool [B]
        metrics.share("scoreClipFraction", countTrue(outside), scores.size); // []
        return tf.where(tf.isNaN(scores), scores, tf.clipByValue(scores, low, high)); // [B]
      });
    },
  }),
});
