import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { kl } from "../../plugin/component.ts";
import { countTrue } from "../../math/masked.ts";
import { checkShapes } from "../../math/shapes.ts";
import { stopGradient } from "../../math/stop-gradient.ts";
import type { MetricDeclarations } from "../../services/metric-declaration.ts";
import { Metrics } from "../../services/metrics.ts";

const bound = z.number().positive().nullable().default(null);

/** Options of every estimator. */
export const klOptions = z.strictObject({
  clampInput: bound.describe("the log ratio is clamped to ± this first; null: not at all (verl k3, EasyR1, NeMo-RL: 20)"),
  clampOutput: bound.describe("the estimate is clamped to ± this last; null: not at all (OpenRLHF, NeMo-RL, verl k3: 10)"),
  gradient: z
    .enum(["estimate", "expectation"])
    .default("estimate")
    .describe(
      "of the estimate k; or of its expectation under π, ∂k + k (NeMo-RL), which is that of KL(π ‖ π_ref) on the policy's samples",
    ),
});

/** What every estimator records. */
export const klMetrics: MetricDeclarations<z.output<typeof klOptions>> = {
  klInputClamped: {
    title: "KL: inputs clamped",
    unit: "count",
    of: "tokens",
    guard: true,
    meaning: ({ clampInput }) => `Tokens whose log ratio to the reference was beyond ±${clampInput ?? "∞"}.`,
  },
  klOutputClamped: {
    title: "KL: estimates clamped",
    unit: "count",
    of: "tokens",
    guard: true,
    meaning: ({ clampOutput }) => `Tokens whose estimate was beyond ±${clampOutput ?? "∞"}; they have no gradient.`,
  },
};

/**
 * k·π/sg(π): the value of k, and with it the gradient by way of the samples, k·∂log π (arXiv 2506.09477v1). For k1 and k3 that makes 1 + x and x.
 */
function underExpectation(estimate: (x: Tensor2D) => Tensor2D): (x: Tensor2D) => Tensor2D {
  return (x) => tf.mul(estimate(x), tf.exp(tf.sub(x, stopGradient(x)))); // [B, T]
}

/**
 * An estimator as a function of x = log π − log π_ref, with its clamps. Where a clamp bites, the gradient is 0; at its bound it still passes.
 * The gradient is taken where the output clamp leaves the estimate alone, since behind an overflowing exp it would be 0 · ∞.
 * Metrics: `klInputClamped` and `klOutputClamped`, tokens that a clamp changed. (In the padding both log-probabilities are 0, so none there.)
 */
export function klEstimator(formula: (x: Tensor2D) => Tensor2D) {
  return ({ clampInput, clampOutput, gradient }: z.output<typeof klOptions>, { metrics }: { readonly metrics: Metrics }) => ({
    stopsGradient: gradient === "expectation" ? (["logProbs"] as const) : [],
    apply(logProbs: Tensor2D, refLogProbs: Tensor2D): Tensor2D {
      checkShapes("kl", { logProbs: [logProbs, "B T"], refLogProbs: [refLogProbs, "B T"] });
      const estimate = gradient === "expectation" ? underExpectation(formula) : formula;
      return tf.tidy(() => {
        const difference = tf.sub(logProbs, stopGradient(refLogProbs)) as Tensor2D; // [B, T]
        const x = clampInput === null ? difference : tf.clipByValue(difference, -clampInput, clampInput); // [B, T]
        if (clampInput !== null) metrics.sum("klInputClamped", countTrue(tf.greater(tf.abs(difference), clampInput))); // []
        if (clampOutput === null) return estimate(x); // [B, T]
        const value = estimate(stopGradient(x)); // [B, T]
        const within = tf.lessEqual(tf.abs(value), clampOutput); // bool [B, T]
        metrics.sum("klOutputClamped", countTrue(tf.greater(tf.abs(value), clampOutput))); // []
        const differentiated = estimate(tf.where(within, x, tf.zerosLike(x))); // [B, T]
        return tf.where(within, differentiated, tf.clipByValue(value, -clampOutput, clampOutput)); // [B, T]
      });
    },
  });
}

/**
 * Schulman's k1 estimator of KL(π ‖ π_ref) (joschu.net/blog/kl-approx.html): unbiased in value, of high variance, negative half of the time.
 *
 *     x = log π − log π_ref
 *     k1 = x
 *
 * As a loss term its expected gradient is 0 on the policy's own samples: k1 belongs in the reward.
 */
export const klK1 = kl({
  name: "k1",
  summary: "log π − log π_ref",
  options: klOptions,
  metrics: klMetrics,
  inject: { metrics: Metrics },
  create: klEstimator((x) => x),
});
