import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { hasKernel, runKernel } from "./kernel.ts";

export interface AdamWOptions {
  /** A scalar where the step is compiled, like `step`. */
  readonly learningRate: number | Scalar; // η
  readonly step: number | Scalar; // t, from 1
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number; // λ
}

/**
 * AdamW for one parameter tensor: m′ = β₁m + (1 − β₁)g, v′ = β₂v + (1 − β₂)g², x′ = x − ηλx − η · m̂ / (√v̂ + ε) with m̂ = m′ / (1 − β₁ᵗ), v̂ likewise.
 * Loshchilov & Hutter, arXiv 1711.05101v3, algorithm 2 (with the schedule in η, and λ scaled by η as in PyTorch). All tensors [...].
 */
export function adamW<T extends Tensor>(
  parameter: T,
  gradient: T,
  first: T,
  second: T,
  options: AdamWOptions,
): { parameter: T; first: T; second: T } {
  const { learningRate, step, beta1, beta2, epsilon, weightDecay } = options;
  if (hasKernel("RewardlabAdamW")) {
    const changing = Object.entries({ learningRate, step });
    const inputs = Object.fromEntries(changing.filter(([, value]) => typeof value !== "number")) as Record<string, Scalar>;
    const numbers = Object.fromEntries(changing.filter(([, value]) => typeof value === "number")) as Record<string, number>;
    const updated = runKernel(
      "RewardlabAdamW",
      { parameter, gradient, first, second, ...inputs },
      { ...numbers, beta1, beta2, epsilon, weightDecay },
    ); // [...] three times
    return { parameter: updated[0] as T, first: updated[1] as T, second: updated[2] as T };
  }
  return tf.tidy(() => {
    const newFirst = tf.add(tf.mul(first, beta1), tf.mul(gradient, 1 - beta1)) as T; // [...]
    const newSecond = tf.add(tf.mul(second, beta2), tf.mul(tf.square(gradient), 1 - beta2)) as T; // [...]
    const root = tf.add(tf.sqrt(tf.div(newSecond, oneLessPower(beta2, step))), epsilon); // [...]
    const rate =
      typeof learningRate === "number" && typeof step === "number"
        ? learningRate / (1 - beta1 ** step)
        : tf.div(learningRate, oneLessPower(beta1, step)); // []
    const kept = typeof learningRate === "number" ? 1 - learningRate * weightDecay : tf.sub(1, tf.mul(learningRate, weightDecay)); // []
    const change = tf.mul(tf.div(newFirst, root), rate); // [...]
    return {
      parameter: tf.sub(tf.mul(parameter, kept), change) as T,
      first: newFirst,
      second: newSecond,
    }; // [...]
  });
}

/** 1 − βᵗ. Of a scalar t by expm1: float32's 1 − 0.999 has four digits left. */
function oneLessPower(beta: number, step: number | Scalar): number | Tensor {
  return typeof step === "number" ? 1 - beta ** step : tf.neg(tf.expm1(tf.mul(step, Math.log(beta)))); // []
}
