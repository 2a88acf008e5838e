import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import { surrogate } from "../../plugin/component.ts";
import { stopGradient } from "../../math/stop-gradient.ts";
import { holdsOne, idleAtFirstUpdate } from "../../plugin/idle.ts";
import { Metrics } from "../../services/metrics.ts";
import { bound, recordShares, responseTokens } from "./clip.ts";

/**
 * CISPO: REINFORCE weighted by a clipped importance ratio (MiniMax-M1, arXiv 2506.13585v1, eq. 4–5). No token loses its gradient.
 *
 *     w_t = clip(ρ_t, 1 − ε_low, 1 + ε_high)                    ε_low → low (null: no lower bound, as in the paper), ε_high → high
 *     L_t = −sg(w_t) A_t log π(a_t)
 *
 * `high` is relative to 1, as in the paper and verl; TRL's epsilon_high is the bound itself: its 5.0 is high = 4 here.
 */
export const cispoSurrogate = surrogate({
  name: "cispo",
  summary: "−sg(clip(ρ))·A·log π",
  options: z.strictObject({
    low: z.number().min(0).max(1).nullable().default(null).describe("ε_low; null: no lower bound (MiniMax-M1: none, verl: 0.2)"),
    high: z
      .number()
      .min(0)
      .describe("ε_high: the weight is at most 1 + ε_high; no default, because sources differ (verl: 0.2, ScaleRL: 4)"),
  }),
  metrics: {
    clipFraction: {
      title: "Clipped weights",
      unit: "share",
      of: "tokens",
      first: true,
      stability: "mean",
      meaning: "Share of tokens whose weight, the ratio, was clipped; they keep their gradient.",
      zero: ({ low, high }) => `No ratio was above ${bound(1 + high)}${low === null ? "" : ` or below ${bound(1 - low)}`}.`,
    },
    clipFractionLow: {
      title: "Weights clipped below",
      unit: "share",
      of: "tokens",
      meaning: ({ low }) => (low === null ? "There is no lower bound." : `A ratio below ${bound(1 - low)}.`),
    },
    clipFractionHigh: {
      title: "Weights clipped above",
      unit: "share",
      of: "tokens",
      meaning: ({ high }) => `A ratio above ${bound(1 + high)}.`,
    },
  },
  inject: { metrics: Metrics },
  idle: ({ low, high }, around) =>
    holdsOne(low === null ? null : 1 - low, 1 + high) ? idleAtFirstUpdate(around, "−sg(ρ)A log π") : null,
  create: ({ low, high }, { metrics }) => ({
    stopsGradient: ["ratio"],
    apply: (batch) =>
      tf.tidy(() => {
        const { ratio, advantages, logProbs } = responseTokens("cispo", batch); // [B, T] each
        const lowest = low === null ? 0 : Math.fround(1 - low);
        const highest = Math.fround(1 + high);
        const weight = tf.clipByValue(stopGradient(ratio), lowest, highest); // [B, T]
        const below = tf.logicalAnd(tf.less(ratio, lowest), tf.greater(batch.mask, 0)); // bool [B, T]
        const above = tf.greater(ratio, highest); // bool [B, T]
        recordShares(
          metrics,
          { clipFractionLow: below, clipFractionHigh: above, clipFraction: tf.logicalOr(above, below) },
          batch.mask,
        );
        return tf.neg(tf.mul(tf.mul(weight, advantages), logProbs)); // [B, T]
      }),
  }),
});
