import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import { checkShapes, countTrue, holdsOne, idleAtFirstUpdate, keepMasked, logRatio, Metrics, surrogate } from "@rewardlab/core";
import type { SurrogateBatch } from "@rewardlab/core";
import { z } from "zod";

/**
 * GMPO: the geometric mean of a response's ratios, each clipped as in PPO but in its logarithm and wider (arXiv 2507.20673v1).
 *
 *     d_t  = log π_t − log π_old,t
 *     c_t  = s min(s d_t, s clip(d_t, −ε_low, ε_high))   s = sign A_t                            ε_low → low, ε_high → high
 *     Ā    = (1/T) Σ_t A_t                               of the response: its one advantage
 *     L_t  = −Ā exp((1/T) Σ_t c_t)                       the same at every token of the response
 *
 * So `aggregate: sequence-mean` gives the paper's mean over responses. It makes d itself: of the ratio slot it uses nothing, a clamp there has no say.
 * Where A < 0 and many d_t are large nothing bounds it, as in verl and TRL: `overflows`. The gradient at a bound passes, as torch.clamp's does.
 */
export const gmpoSurrogate = surrogate({
  name: "gmpo",
  summary: "−A·exp of the response's mean clipped log ratio",
  options: z.strictObject({
    low: z.number().min(0).default(0.4).describe("ε_low: log ratios below −ε_low are clipped (paper, TRL: 0.4)"),
    high: z.number().min(0).default(0.4).describe("ε_high: log ratios above ε_high are clipped (paper, TRL: 0.4)"),
  }),
  metrics: {
    clipFraction: {
      title: "Clipped tokens",
      unit: "share",
      of: "tokens",
      first: true,
      stability: "mean",
      meaning: "Share of tokens whose log ratio enters its response’s mean clipped, without a gradient.",
      zero: ({ low, high }) => `No log ratio left −${low} to ${high} on the side where the clip acts.`,
    },
    clipFractionLow: {
      title: "Clipped below",
      unit: "share",
      of: "tokens",
      meaning: ({ low }) => `Negative advantage and a log ratio below −${low}.`,
    },
    clipFractionHigh: {
      title: "Clipped above",
      unit: "share",
      of: "tokens",
      meaning: ({ high }) => `Positive advantage and a log ratio above ${high}.`,
    },
  },
  inject: { metrics: Metrics },
  idle: ({ low, high }, around) =>
    holdsOne(Math.exp(-low), Math.exp(high)) ? idleAtFirstUpdate(around, "−A exp(mean log ρ)") : null,
  create: ({ low, high }, { metrics }) => ({
    overflows: true,
    apply: (batch) =>
      tf.tidy(() => {
        const { advantages, mask } = batch;
        checkShapes("gmpo", { advantages: [advantages, "B T"], mask: [mask, "B T"] });
        const d = logRatio(batch); // [B, T], 0 outside the mask
        const A = keepMasked(advantages, mask); // [B, T]
        recordClipping(metrics, d, A, batch, low, high);
        const tokens = tf.maximum(tf.sum(mask, 1, true), 1); // [B, 1]
        const ratio = tf.exp(tf.div(tf.sum(clippedLogRatio(d, A, low, high), 1, true), tokens)); // [B, 1]
        const advantage = tf.div(tf.sum(A, 1, true), tokens); // [B, 1]
        return tf.mul(tf.neg(tf.mul(advantage, ratio)), tf.onesLike(A)) as Tensor2D; // [B, T]
      }),
  }),
});

/** s·min(s·d, s·clip(d)), s = sign A: 0 where A is 0, so that such a token counts in its response's T alone. */
function clippedLogRatio(d: Tensor2D, A: Tensor2D, low: number, high: number): Tensor2D {
  const s = tf.sign(A); // [B, T]
  const clipped = tf.clipByValue(d, -low, high); // [B, T]
  return tf.mul(s, tf.minimum(tf.mul(s, d), tf.mul(s, clipped))) as Tensor2D; // [B, T]
}

function recordClipping(metrics: Metrics, d: Tensor2D, A: Tensor2D, { mask }: SurrogateBatch, low: number, high: number): void {
  const tokens = tf.sum(mask) as Scalar; // []
  const below = countTrue(tf.logicalAnd(tf.less(A, 0), tf.less(d, Math.fround(-low)))); // []
  const above = countTrue(tf.logicalAnd(tf.greater(A, 0), tf.greater(d, Math.fround(high)))); // []
  metrics.share("clipFractionLow", below, tokens);
  metrics.share("clipFractionHigh", above, tokens);
  metrics.share("clipFraction", tf.add(below, above) as Scalar, tokens);
}
