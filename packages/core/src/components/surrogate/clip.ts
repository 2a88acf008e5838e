import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { surrogate } from "../../plugin/component.ts";
import type { SurrogateBatch } from "../../kinds.ts";
import { countTrue, keepMasked } from "../../math/masked.ts";
import { holdsOne, idleAtFirstUpdate } from "../../plugin/idle.ts";
import { checkShapes } from "../../math/shapes.ts";
import type { MetricDeclarations } from "../../services/metric-declaration.ts";
import { Metrics } from "../../services/metrics.ts";

/** What `recordClipping` records. */
export const clipMetrics: MetricDeclarations<{ readonly low: number; readonly high: number }> = {
  clipFraction: {
    title: "Clipped tokens",
    unit: "share",
    of: "tokens",
    first: true,
    stability: "mean",
    meaning: "Share of tokens whose gradient the surrogate’s clip takes away.",
    zero: ({ low, high }) => `No ratio left ${ratioRange(low, high)} on the side where the clip acts.`,
  },
  clipFractionLow: {
    title: "Clipped below",
    unit: "share",
    of: "tokens",
    meaning: ({ low }) => `Negative advantage and a ratio below ${bound(1 - low)}.`,
  },
  clipFractionHigh: {
    title: "Clipped above",
    unit: "share",
    of: "tokens",
    meaning: ({ high }) => `Positive advantage and a ratio above ${bound(1 + high)}.`,
  },
};

/** A bound on the ratio without the noise of its sum: 1.28, 0.9997. */
export const bound = (value: number) => String(Number(value.toPrecision(8)));
const ratioRange = (low: number, high: number) => `${bound(1 - low)} to ${bound(1 + high)}`;

/** What caps the ratio where the advantage is negative. */
export const capMetrics: MetricDeclarations<{ readonly cap: number }> = {
  capFraction: {
    title: "Capped tokens",
    unit: "share",
    of: "tokens",
    guard: true,
    meaning: ({ cap }) => `Negative advantage and a ratio above ${cap}: their gradient is gone.`,
    zero: ({ cap }) => `No token with a negative advantage had a ratio above ${cap}.`,
  },
};

/**
 * PPO's clipped surrogate (arXiv 1707.06347v2, eq. 7); with high > low it is DAPO's clip-higher (arXiv 2503.14476v2, eq. 10).
 *
 *     L_t = −min( ρ_t A_t, clip(ρ_t, 1 − ε_low, 1 + ε_high) A_t )
 *         =  max( −ρ_t A_t, −clip(ρ_t, 1 − ε_low, 1 + ε_high) A_t )        ε_low → low, ε_high → high
 *
 * Gradient at ties: all of it goes through ρ, at ρ = 1 ± ε too. That is PyTorch's result: torch.max halves it between two equal sides,
 * and clamp passes its half on at the bound.
 */
export const clipSurrogate = surrogate({
  name: "clip",
  summary: "max(−ρA, −clip(ρ)A), each side with a bound of its own",
  options: z.strictObject({
    low: z.number().min(0).max(1).default(0.2).describe("ε_low: ρ below 1 − ε_low is clipped (PPO: 0.2)"),
    high: z.number().min(0).default(0.2).describe("ε_high: ρ above 1 + ε_high is clipped (PPO: 0.2, DAPO: 0.28)"),
  }),
  metrics: clipMetrics,
  inject: { metrics: Metrics },
  idle: ({ low, high }, around) => (holdsOne(1 - low, 1 + high) ? idleAtFirstUpdate(around, "−ρA") : null),
  create: ({ low, high }, { metrics }) => ({
    apply: (batch) =>
      tf.tidy(() => {
        const { ratio, advantages } = responseTokens("clip", batch); // [B, T] each
        recordClipping(metrics, ratio, advantages, batch.mask, low, high);
        return clippedLoss(ratio, advantages, low, high); // [B, T]
      }),
  }),
});

/** max(−min(ρ, cap)·A, −clip(ρ)·A). */
export function clippedLoss(ratio: Tensor2D, advantages: Tensor2D, low: number, high: number, cap = Infinity): Tensor2D {
  const clipped = tf.clipByValue(ratio, Math.fround(1 - low), Math.fround(1 + high)); // [B, T]
  const unclipped = cap === Infinity ? ratio : tf.minimum(ratio, cap); // [B, T]
  return tf.maximum(tf.neg(tf.mul(advantages, unclipped)), tf.neg(tf.mul(advantages, clipped))); // [B, T]
}

/** The batch's ratio, advantages and log-probabilities with 0 outside the mask: what the padding holds cannot reach values or gradients. */
export function responseTokens(where: string, { ratio, advantages, logProbs, mask }: SurrogateBatch) {
  checkShapes(where, {
    ratio: [ratio, "B T"],
    advantages: [advantages, "B T"],
    logProbs: [logProbs, "B T"],
    mask: [mask, "B T"],
  });
  return { ratio: keepMasked(ratio, mask), advantages: keepMasked(advantages, mask), logProbs: keepMasked(logProbs, mask) }; // [B, T] each
}

/** Share of response tokens whose gradient the clip takes away: A > 0 with ρ above the range (High), A < 0 with ρ below it (Low), and both. */
export function recordClipping(
  metrics: Metrics,
  ratio: Tensor2D,
  advantages: Tensor2D,
  mask: Tensor2D,
  low: number,
  high: number,
): void {
  const above = tf.logicalAnd(tf.greater(advantages, 0), tf.greater(ratio, Math.fround(1 + high))); // bool [B, T]
  const below = tf.logicalAnd(tf.less(advantages, 0), tf.less(ratio, Math.fround(1 - low))); // bool [B, T]
  recordShares(metrics, { clipFractionLow: below, clipFractionHigh: above, clipFraction: tf.logicalOr(above, below) }, mask);
}

/** Of all response tokens, the share for which each condition holds. The conditions are false outside the mask. */
export function recordShares(metrics: Metrics, conditions: Readonly<Record<string, Tensor>>, mask: Tensor2D): void {
  const tokens = tf.sum(mask) as Scalar; // []
  for (const [name, condition] of Object.entries(conditions)) metrics.share(name, countTrue(condition), tokens); // []
}
