import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import { ratio } from "../../plugin/component.ts";
import { logRatio, ratioMetrics, recordRatio } from "../../math/log-ratio.ts";
import { Metrics } from "../../services/metrics.ts";

/**
 * The importance ratio of every token, as PPO has it (arXiv 1707.06347v2, section 3).
 *
 *     d_t = log π(a_t) − log π_old(a_t)
 *     ρ_t = exp(d_t)
 *
 * Nothing is clamped: in float32 ρ is ∞ from d > 88.7 on, and its gradient NaN, as in any framework that takes a bare exp.
 * `largestLogRatio` shows how near a run comes. Guards are ratios of their own: clamped, and StableReinforce's pre-clip.
 */
export const tokenRatio = ratio({
  name: "token",
  summary: "exp(log π − log π_old) of each token, unguarded",
  options: z.strictObject({}),
  metrics: ratioMetrics,
  inject: { metrics: Metrics },
  create: (_options, { metrics }) => ({
    overflows: true,
    apply: (batch) =>
      tf.tidy(() => {
        const d = logRatio(batch); // [B, T]
        const rho = tf.exp(d); // [B, T]
        recordRatio(metrics, d, rho, batch.mask);
        return rho; // [B, T]
      }),
  }),
});
