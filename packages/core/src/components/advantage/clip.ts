import * as tf from "@tensorflow/tfjs-core";
import type { Scalar } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { advantageStep } from "../../plugin/component.ts";
import { countTrue, keepMasked } from "../../math/masked.ts";
import { clippedBounds, idleWithin } from "../../plugin/idle.ts";
import { checkShapes } from "../../math/shapes.ts";
import { Metrics } from "../../services/metrics.ts";

/**
 * Bounds the advantage of every token: an outlier is shortened, where a filter would drop it.
 *
 *     A_t ← clip(A_t, low, high)                   NaN stays NaN; 0 outside the mask
 */
export const advantageClip = advantageStep({
  name: "clip",
  summary: "advantage clipped to [low, high]",
  takes: "tokens",
  gives: "tokens",
  options: z
    .strictObject({
      low: z.number().describe("lowest advantage"),
      high: z.number().describe("highest advantage"),
    })
    .refine(({ low, high }) => low <= high, "low is above high"),
  metrics: {
    advantageClipFraction: {
      title: "Advantages clipped",
      unit: "share",
      of: "tokens",
      guard: true,
      meaning: ({ low, high }) => `Tokens whose advantage was below ${low} or above ${high}, and was set to that bound.`,
      zero: ({ low, high }) => `No advantage was outside ${low} to ${high}.`,
    },
  },
  inject: { metrics: Metrics },
  idle: ({ low, high }, { incoming }) => idleWithin(incoming, low, high),
  bounds: ({ low, high }, { incoming }) => clippedBounds(incoming, low, high, "clipped advantages"),
  create: ({ low, high }, { metrics }) => ({
    apply(values, { mask }) {
      checkShapes("advantage clip", { advantages: [values, "B T"], mask: [mask, "B T"] });
      return tf.tidy(() => {
        const advantages = keepMasked(values, mask); // [B, T]
        const outside = tf.logicalOr(tf.less(advantages, low), tf.greater(advantages, high)); // bool [B, T]
        metrics.share("advantageClipFraction", countTrue(tf.logicalAnd(outside, tf.greater(mask, 0))), tf.sum(mask) as Scalar); // []
        const clipped = tf.where(tf.isNaN(advantages), advantages, tf.clipByValue(advantages, low, high)); // [B, T]
        return keepMasked(clipped, mask); // [B, T]
      });
    },
  }),
});
