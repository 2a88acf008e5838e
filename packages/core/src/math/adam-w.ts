import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { hasKernel, runKernel } from "./kernel.ts";

export interface AdamWOptions {
  readonly learningRate: number; // η
  readonly step: number; // t, from 1
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
  if (hasKernel("RewardlabAdamW")) {
    const updated = runKernel("RewardlabAdamW", { parameter, gradient, first, second }, { ...options }); // [...] three times
    return { parameter: updated[0] as T, first: updated[1] as T, second: updated[2] as T };
  }
  const { learningRate, step, beta1, beta2, epsilon, weightDecay } = options;
  return tf.tidy(() => {
    const newFirst = tf.add(tf.mul(first, beta1), tf.mul(gradient, 1 - beta1)) as T; // [...]
    const newSecond = tf.add(tf.mul(second, beta2), tf.mul(tf.square(gradient), 1 - beta2)) as T; // [...]
    const root = tf.add(tf.sqrt(tf.div(newSecond, 1 - beta2 ** step)), epsilon); // [...]
    const change = tf.mul(tf.div(newFirst, root), learningRate / (1 - beta1 ** step)); // [...]
    return {
      parameter: tf.sub(tf.mul(parameter, 1 - learningRate * weightDecay), change) as T,
      first: newFirst,
      second: newSecond,
    }; // [...]
  });
}
