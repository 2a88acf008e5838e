import * as tf from "@tensorflow/tfjs-core";
import { kl } from "../../plugin/component.ts";
import { stopGradient } from "../../math/stop-gradient.ts";
import { Metrics } from "../../services/metrics.ts";
import { klEstimator, klMetrics, klOptions } from "./k1.ts";

/**
 * The absolute log ratio (verl's `abs`): no KL estimator, a penalty on any change of a token's probability. Its gradient at x = 0 is 0.
 *
 *     x = log π − log π_ref
 *     k = |x|
 */
export const klAbs = kl({
  name: "abs",
  summary: "|log π − log π_ref|",
  options: klOptions,
  metrics: klMetrics,
  inject: { metrics: Metrics },
  create: klEstimator((x) => tf.mul(x, stopGradient(tf.sign(x)))), // [B, T]; tf.abs has the gradient −1 at 0
});
