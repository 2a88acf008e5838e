import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import { countTrue, holdsOne, idleAtFirstUpdate, logRatio, Metrics, ratio, ratioMetrics, recordRatio } from "@rewardlab/core";
import { z } from "zod";

/**
 * Pre-CLIP: StableReinforce clamps the log ratio before it is exponentiated, and PPO's clip follows as ever (arXiv 2505.02835v2).
 *
 *     d_t = log π(a_t) − log π_old(a_t)
 *     ρ_t = exp(clip(d_t, ln δ_min, ln δ_max))          δ_min → low, δ_max → high
 *
 * Where d is within the bounds nothing changes. Beyond them PPO's clip has already taken the gradient away where A > 0 and ρ is large, or
 * A < 0 and ρ is small. So it matters where A < 0 and ρ > δ_max: the loss is at most −δ_max A and has no gradient, and nothing overflows.
 * At a bound exactly the gradient still passes, as torch.clamp's does in the official code.
 */
export const preClip = ratio({
  name: "pre-clip",
  summary: "exp of the log ratio clamped to [ln low, ln high]",
  options: z.strictObject({
    low: z.number().positive().max(1).default(1e-3).describe("δ_min: lowest ratio (paper, official code: 1e-3)"),
    high: z.number().min(1).default(1e3).describe("δ_max: highest ratio (paper, official code: 1e3)"),
  }),
  metrics: {
    ...ratioMetrics,
    preClippedFraction: {
      title: "Pre-clipped tokens",
      unit: "share",
      of: "tokens",
      guard: true,
      near: "largestLogRatio",
      meaning: ({ low, high }) =>
        `Share of tokens whose log ratio Pre-CLIP clamped before it was exponentiated: those with a ratio below ${low} or above ${high}, a log ratio below ${short(Math.log(low))} or above ${short(Math.log(high))}.`,
      zero: ({ low, high }) =>
        `Pre-CLIP was never reached: it begins at ratios above ${high} or below ${low}. It is an emergency brake; its value, if any, shows under many updates per rollout or high learning rates.`,
    },
  },
  inject: { metrics: Metrics },
  idle: ({ low, high }, around) => (holdsOne(low, high) ? idleAtFirstUpdate(around, { use: "token" }) : null),
  create: ({ low, high }, { metrics }) => ({
    apply: (batch) =>
      tf.tidy(() => {
        const d = logRatio(batch); // [B, T]
        const [lowest, highest] = [Math.fround(Math.log(low)), Math.fround(Math.log(high))];
        const clamped = tf.logicalOr(tf.less(d, lowest), tf.greater(d, highest)); // bool [B, T]
        const rho = tf.exp(tf.clipByValue(d, lowest, highest)) as Tensor2D; // [B, T]
        recordRatio(metrics, d, rho, batch.mask);
        metrics.share("preClippedFraction", countTrue(clamped), tf.sum(batch.mask) as Scalar); // []
        return rho; // [B, T]
      }),
  }),
});

/** Three digits are enough to read a bound. */
function short(value: number): string {
  return String(Number(value.toPrecision(3))).replace("-", "−");
}
