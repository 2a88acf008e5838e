import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import { surrogate } from "../../plugin/component.ts";
import { holdsOne, idleAtFirstUpdate } from "../../plugin/idle.ts";
import { Metrics } from "../../services/metrics.ts";
import { capMetrics, clipMetrics, clippedLoss, recordClipping, recordShares, responseTokens } from "./clip.ts";

/**
 * PPO's clipped surrogate with a floor under it for negative advantages (Ye et al. 2020, arXiv 1912.09729v3, eq. 5).
 *
 *     L_t = max( −ρ_t A_t, −clip(ρ_t, 1 − ε_low, 1 + ε_high) A_t )         where A_t ≥ 0
 *     L_t = min( the same, −c A_t )                                        where A_t < 0       c → cap
 *
 * So a token with A < 0 and ρ > c has no gradient. On by default in verl 0.10 and EasyR1 (c = 3). At ρ = c exactly the gradient passes
 * (PyTorch: half of it).
 */
export const dualClipSurrogate = surrogate({
  name: "dual-clip",
  summary: "as clip, and for A < 0 no loss above −cap·A",
  options: z.strictObject({
    low: z.number().min(0).max(1).default(0.2).describe("ε_low (PPO: 0.2)"),
    high: z.number().min(0).default(0.2).describe("ε_high (PPO: 0.2)"),
    cap: z.number().gt(1).default(3).describe("c: largest ratio that counts where A < 0 (verl, EasyR1: 3)"),
  }),
  metrics: { ...clipMetrics, ...capMetrics },
  inject: { metrics: Metrics },
  idle: ({ low, high }, around) => (holdsOne(1 - low, 1 + high) ? idleAtFirstUpdate(around, "−ρA") : null),
  create: ({ low, high, cap }, { metrics }) => ({
    apply: (batch) =>
      tf.tidy(() => {
        const { ratio, advantages } = responseTokens("dual-clip", batch); // [B, T] each
        const clipped = clippedLoss(ratio, advantages, low, high); // [B, T]
        const negative = tf.less(advantages, 0); // bool [B, T]
        const capped = tf.logicalAnd(negative, tf.greater(ratio, Math.fround(cap))); // bool [B, T]
        recordClipping(metrics, ratio, advantages, batch.mask, low, high);
        recordShares(metrics, { capFraction: capped }, batch.mask);
        return tf.where(negative, tf.minimum(clipped, tf.mul(advantages, -cap)), clipped); // [B, T]
      }),
  }),
});
