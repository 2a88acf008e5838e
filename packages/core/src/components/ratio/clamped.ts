import * as tf from "@tensorflow/tfjs-core";
import type { Scalar } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { ratio } from "../../plugin/component.ts";
import { logRatio, ratioMetrics, recordRatio } from "../../math/log-ratio.ts";
import { countTrue } from "../../math/masked.ts";
import { holdsOne, idleAtFirstUpdate } from "../../plugin/idle.ts";
import { Metrics } from "../../services/metrics.ts";

/**
 * The token ratio with its logarithm clamped, the overflow guard of verl 0.10, OpenRLHF 0.11 and EasyR1 (all ±20).
 *
 *     d_t = log π(a_t) − log π_old(a_t)
 *     ρ_t = exp(clamp(d_t, −L, L))                 L → limit
 *
 * Where the clamp bites, the gradient is 0; at |d| = L exactly it still passes, as torch.clamp's does.
 */
export const clampedRatio = ratio({
  name: "clamped",
  summary: "exp of the log ratio clamped to ±limit",
  options: z.strictObject({
    limit: z.number().positive().default(20).describe("L: bound on |log ratio| (verl, OpenRLHF, EasyR1: 20)"),
  }),
  metrics: {
    ...ratioMetrics,
    clampedFraction: {
      title: "Clamped tokens",
      unit: "share",
      of: "tokens",
      guard: true,
      near: "largestLogRatio",
      meaning: ({ limit }) => `Tokens whose log ratio was beyond ±${limit}, the guard that keeps exp from overflowing.`,
      zero: ({ limit }) => `No log ratio was beyond ±${limit}. It keeps exp from overflowing, and else does nothing.`,
    },
  },
  inject: { metrics: Metrics },
  idle: ({ limit }, around) => (holdsOne(Math.exp(-limit), Math.exp(limit)) ? idleAtFirstUpdate(around, { use: "token" }) : null),
  create: ({ limit }, { metrics }) => ({
    apply: (batch) =>
      tf.tidy(() => {
        const d = logRatio(batch); // [B, T]
        const rho = tf.exp(tf.clipByValue(d, -limit, limit)); // [B, T]
        recordRatio(metrics, d, rho, batch.mask);
        metrics.share("clampedFraction", countTrue(tf.greater(tf.abs(d), limit)), tf.sum(batch.mask) as Scalar); // []
        return rho; // [B, T]
      }),
  }),
});
