import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";

/**
 * Logits in which these tokens have probability 0, at any temperature up to 10⁶. Those of the others are what they were, bit for bit, and so are their
 * gradients where nothing was to be taken away. logits [..., V] → [..., V]
 */
export function withoutTokens<T extends Tensor>(logits: T, tokens: readonly number[]): T {
  if (tokens.length === 0) return logits;
  return tf.tidy(() => tf.add(logits, takenAway(tokens, logits.shape.at(-1)!)));
}

/** What is added to logits in which these tokens have probability 0. [V] */
export function takenAway(tokens: readonly number[], vocabulary: number): Tensor1D {
  // Finite, so that 0 times it is 0 in a gradient.
  const away = new Float32Array(vocabulary); // [V]
  for (const token of tokens) away[token] = -1e9;
  return tf.tensor1d(away);
}
