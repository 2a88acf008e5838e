import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { hasKernel, runKernel } from "@rewardlab/core";
import { tokenLogProbs } from "./token-log-probs.ts";

/** A token for each row, and its log-probability under the distribution it was drawn from. [B] each */
export interface DrawnTokens {
  readonly tokens: Tensor1D; // int32 [B]
  readonly logProbs: Tensor1D; // [B]
}

/**
 * sampleToken without leaving the engine: draws from softmax(z / temperature) by inverting its cumulative sum at `uniforms` in [0, 1), in float32.
 * Temperature 0: the most likely token, with log-probability 0. Where a logit is NaN or +∞, the log-probability is NaN.
 * logits [B, V], uniforms [B]
 */
export function sampleTokens(logits: Tensor2D, uniforms: Tensor1D, temperature: number): DrawnTokens {
  if (!hasKernel("RewardlabSampleTokens")) return composedSample(logits, uniforms, temperature);
  const [tokens, logProbs] = runKernel("RewardlabSampleTokens", { logits, uniforms }, { temperature });
  return { tokens: tokens as Tensor1D, logProbs: logProbs as Tensor1D };
}

function composedSample(logits: Tensor2D, uniforms: Tensor1D, temperature: number): DrawnTokens {
  return tf.tidy(() => {
    const [rows, vocabulary] = logits.shape;
    if (temperature === 0) {
      const tokens = tf.argMax(logits, 1) as Tensor1D; // int32 [B]
      return { tokens, logProbs: tf.mul(0, tf.max(logits, 1)) } as never; // 0 · ∞ is NaN
    }
    const scaled = tf.div(logits, temperature) as Tensor2D; // [B, V]
    const sums = cumulativeSums(tf.softmax(scaled)); // [B, V]
    const total = tf.slice(sums, [0, vocabulary - 1], [rows, 1]); // [B, 1]
    const below = tf.lessEqual(sums, tf.mul(tf.reshape(uniforms, [rows, 1]), total)); // bool [B, V]
    const counted = tf.sum(tf.cast(below, "int32"), 1); // int32 [B]
    const tokens = tf.minimum(counted, tf.scalar(vocabulary - 1, "int32")) as Tensor1D; // int32 [B]
    return { tokens, logProbs: tokenLogProbs(scaled, tokens) } as never;
  }) as DrawnTokens;
}

/** Over each row, in blocks: XLA's own cumulative sum takes V² operations on a CPU. [B, V] */
function cumulativeSums(x: Tensor2D): Tensor2D {
  const [rows, columns] = x.shape;
  const block = largestDivisor(columns, 64);
  const blocks = tf.reshape(x, [rows * (columns / block), block]) as Tensor2D;
  const within = tf.reshape(tf.matMul(blocks, upTo(block)), [rows, columns / block, block]); // [B, V / block, block]
  const ends = tf.reshape(tf.slice(within, [0, 0, block - 1], [rows, columns / block, 1]), [rows, columns / block]) as Tensor2D;
  const before = tf.sub(tf.matMul(ends, upTo(columns / block)), ends); // [B, V / block]
  return tf.reshape(tf.add(within, tf.reshape(before, [rows, columns / block, 1])), [rows, columns]) as Tensor2D;
}

/** 1 where row ≤ column. [size, size] */
function upTo(size: number): Tensor2D {
  const index = tf.range(0, size); // [size]
  return tf.cast(tf.lessEqual(tf.reshape(index, [size, 1]), tf.reshape(index, [1, size])), "float32") as Tensor2D;
}

function largestDivisor(of: number, most: number): number {
  for (let divisor = Math.min(of, most); divisor > 1; divisor--) if (of % divisor === 0) return divisor;
  return 1;
}
