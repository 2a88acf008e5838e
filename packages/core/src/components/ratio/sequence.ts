import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { ratio } from "../../plugin/component.ts";
import { logRatio, ratioMetrics, recordRatio } from "../../math/log-ratio.ts";
import { Metrics } from "../../services/metrics.ts";

/** Mean or sum of d over each response's tokens, the same at all of its positions; 0 for an empty response. */
export function sequenceLogRatio(d: Tensor2D, mask: Tensor2D, over: "mean" | "sum" = "mean"): Tensor2D {
  const sum = tf.sum(d, 1, true); // [B, 1], d being 0 outside the mask
  const tokens = tf.maximum(tf.sum(mask, 1, true), 1); // [B, 1]
  return tf.tile(over === "mean" ? tf.div(sum, tokens) : sum, [1, mask.shape[1]]) as Tensor2D; // [B, T]
}

/**
 * GSPO's importance ratio of a whole response, geometric mean of its token ratios (arXiv 2507.18071v2, eq. 7).
 *
 *     s_i = exp( (1/|y_i|) Σ_t d_it )              d_it = log π(y_it) − log π_old(y_it)
 *     ρ_it = s_i                                   for every t; the gradient goes through the mean
 *
 * With `over: sum` it is the ratio of the responses' own probabilities, π(y_i)/π_old(y_i) = exp(Σ_t d_it), as TRL's RLOO takes it.
 * The paper's clip range is about 3e-4 / 4e-4, not 0.2. See sequence-token for the form whose advantages may vary within a response.
 */
export const sequenceRatio = ratio({
  name: "sequence",
  summary: "geometric mean of the response's token ratios",
  options: z.strictObject({
    over: z.enum(["mean", "sum"]).default("mean").describe("log s_i: mean of d (GSPO), or its sum (RLOO in TRL)"),
  }),
  metrics: ratioMetrics,
  inject: { metrics: Metrics },
  create: ({ over }, { metrics }) => ({
    overflows: true,
    apply: (batch) =>
      tf.tidy(() => {
        const d = logRatio(batch); // [B, T]
        const rho = tf.exp(sequenceLogRatio(d, batch.mask, over)) as Tensor2D; // [B, T]
        recordRatio(metrics, d, rho, batch.mask);
        return rho; // [B, T]
      }),
  }),
});
