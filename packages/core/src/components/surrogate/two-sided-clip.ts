import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import { surrogate } from "../../plugin/component.ts";
import { holdsOne, idleAtFirstUpdate } from "../../plugin/idle.ts";
import { Metrics } from "../../services/metrics.ts";
import { capMetrics, clipMetrics, clippedLoss, recordClipping, recordShares, responseTokens } from "./clip.ts";

/**
 * Two-sided clipping: the ratio is capped for both signs of A before PPO's minimum is taken (INTELLECT-2, arXiv 2505.07291v1; TRL's `delta`).
 *
 *     L_t = max( −min(ρ_t, δ) A_t, −clip(ρ_t, 1 − ε_low, 1 + ε_high) A_t )          δ → cap
 *
 * For A < 0 it is dual-clip with c = δ, in value and gradient. For A > 0 it changes nothing as long as δ > 1 + ε_high.
 */
export const twoSidedClipSurrogate = surrogate({
  name: "two-sided-clip",
  summary: "as clip, with the ratio capped for both signs of A",
  options: z.strictObject({
    low: z.number().min(0).max(1).default(0.2).describe("ε_low (PPO: 0.2)"),
    high: z.number().min(0).default(0.2).describe("ε_high (PPO: 0.2)"),
    cap: z.number().gt(1).describe("δ: largest ratio that counts; no default, because TRL has none. Should exceed 1 + ε_high"),
  }),
  metrics: { ...clipMetrics, ...capMetrics },
  inject: { metrics: Metrics },
  idle: ({ low, high }, around) => (holdsOne(1 - low, 1 + high) ? idleAtFirstUpdate(around, "−ρA") : null),
  create: ({ low, high, cap }, { metrics }) => ({
    apply: (batch) =>
      tf.tidy(() => {
        const { ratio, advantages } = responseTokens("two-sided-clip", batch); // [B, T] each
        const capped = tf.logicalAnd(tf.less(advantages, 0), tf.greater(ratio, Math.fround(cap))); // bool [B, T]
        recordClipping(metrics, ratio, advantages, batch.mask, low, high);
        recordShares(metrics, { capFraction: capped }, batch.mask);
        return clippedLoss(ratio, advantages, low, high, cap); // [B, T]
      }),
  }),
});
