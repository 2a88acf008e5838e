import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { kl } from "../../plugin/component.ts";
import { Metrics } from "../../services/metrics.ts";
import { klEstimator, klMetrics, klOptions } from "./k1.ts";

/**
 * Schulman's k2 estimator of KL(π ‖ π_ref) (joschu.net/blog/kl-approx.html): biased in value; its gradient as a loss is that of the KL.
 *
 *     x = log π − log π_ref
 *     k2 = x² / 2
 */
export const klK2 = kl({
  name: "k2",
  summary: "(log π − log π_ref)² / 2",
  options: klOptions,
  metrics: klMetrics,
  inject: { metrics: Metrics },
  create: klEstimator((x) => tf.div(tf.square(x), 2) as Tensor2D), // [B, T]
});
