import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { kl } from "../../plugin/component.ts";
import { Metrics } from "../../services/metrics.ts";
import { klEstimator, klMetrics, klOptions } from "./k1.ts";

/**
 * Schulman's k3 estimator of KL(π ‖ π_ref) (joschu.net/blog/kl-approx.html): unbiased, never negative, GRPO's choice (arXiv 2402.03300v3, eq. 4).
 *
 *     x = log π − log π_ref
 *     k3 = exp(−x) − 1 + x
 *
 * exp(−x) − 1 is taken by expm1, since near x = 0 the difference of the two is far below float32's rounding of exp.
 */
export const klK3 = kl({
  name: "k3",
  summary: "exp(−x) − 1 + x with x = log π − log π_ref",
  options: klOptions,
  metrics: klMetrics,
  inject: { metrics: Metrics },
  create: (options, services) => ({
    ...klEstimator((x) => tf.add(tf.expm1(tf.neg(x)), x) as Tensor2D)(options, services), // [B, T]
    overflows: options.clampInput === null && options.clampOutput === null,
  }),
});
