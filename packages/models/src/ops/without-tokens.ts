import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";

/**
 * Logits in which these tokens have probability 0, at any temperature up to 10⁶. Those of the others are what they were, bit for bit, and so are their
 * gradients where nothing was to be taken away. logits [..., V] → [..., V]
 */
export function withoutTokens<T extends Tensor>(logits: T, tokens: readonly number[]): T {
  if (tokens.length === 0) return logits;
  return tf.tidy(() => {
    // Finite, so that 0 times it is 0 in a gradient.
    const away = new Float32Array(logits.shape.at(-1)!); // [V]
    for (const token of tokens) away[token] = -1e9;
    return tf.add(logits, tf.tensor1d(away));
  });
}
