import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { ratio } from "../../plugin/component.ts";
import { logRatio, ratioMetrics, recordRatio } from "../../math/log-ratio.ts";
import { keepMasked } from "../../math/masked.ts";
import { stopGradient } from "../../math/stop-gradient.ts";
import { idleAtFirstUpdate } from "../../plugin/idle.ts";
import { Metrics } from "../../services/metrics.ts";
import { sequenceLogRatio } from "./sequence.ts";

/**
 * GSPO-token: the value of the sequence ratio, the gradient of each token by itself (arXiv 2507.18071v2, eq. 14; verl 0.10 has only this form).
 *
 *     s_i  = exp( (1/|y_i|) Σ_t d_it )             d_it = log π(y_it) − log π_old(y_it)
 *     ρ_it = sg(s_i) · exp(log π(y_it) − sg(log π(y_it)))
 *          = exp( min( sg(log s_i) + d_it − sg(d_it), M ) )                          M → largestLog
 *
 * ∂ρ_it/∂log π(y_it) = s_i and 0 elsewhere; `sequence` gives s_i/|y_i| at every token instead.
 */
export const sequenceTokenRatio = ratio({
  name: "sequence-token",
  summary: "the sequence ratio with each token's own gradient",
  options: z.strictObject({
    largestLog: z.number().positive().nullable().default(null).describe("M: upper bound on log s; null: none (verl: 10)"),
  }),
  metrics: {
    ...ratioMetrics,
    clampedFraction: {
      title: "Clamped tokens",
      unit: "share",
      of: "tokens",
      guard: true,
      near: "largestLogRatio",
      meaning: ({ largestLog }) =>
        `Tokens of responses whose log ratio, the mean of their tokens’, was above ${largestLog ?? "the bound"} and was clamped.`,
    },
  },
  inject: { metrics: Metrics },
  idle: (_options, around) => idleAtFirstUpdate(around),
  create: ({ largestLog }, { metrics }) => ({
    overflows: largestLog === null,
    stopsGradient: ["logProbs"],
    apply: (batch) =>
      tf.tidy(() => {
        const d = logRatio(batch); // [B, T]
        const logSequence = stopGradient(sequenceLogRatio(d, batch.mask)); // [B, T]
        const logRatios = tf.add(logSequence, tf.sub(d, stopGradient(d))); // [B, T]
        const rho = tf.exp(largestLog === null ? logRatios : tf.minimum(logRatios, largestLog)) as Tensor2D; // [B, T]
        recordRatio(metrics, d, rho, batch.mask);
        if (largestLog !== null) {
          const bounded = keepMasked(tf.cast(tf.greater(logSequence, largestLog), "float32"), batch.mask); // [B, T]
          metrics.share("clampedFraction", tf.sum(bounded) as Scalar, tf.sum(batch.mask) as Scalar); // []
        }
        return rho; // [B, T]
      }),
  }),
});
