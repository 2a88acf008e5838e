import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor3D } from "@tensorflow/tfjs-core";
import type { Parameters } from "@rewardlab/core";
import { linear } from "./linear.ts";
import { weightsOf } from "./weights.ts";

/** GELU by its tanh approximation (Hendrycks and Gimpel, arXiv 1606.08415v5): ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))). */
export function gelu<T extends Tensor>(x: T): T {
  return tf.tidy(() => {
    const inner = tf.mul(tf.mul(x, tf.add(tf.mul(tf.square(x), 0.044715), 1)), Math.sqrt(2 / Math.PI)); // shape of x
    return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1)); // shape of x
  }) as T;
}

/** From the vision encoder's outputs to embeddings among the words': two layers, as in LLaVA-1.5 (arXiv 2310.03744v2). [P, N, D] */
export function projector(parameters: Parameters, seen: Tensor3D): Tensor3D {
  const weight = weightsOf(parameters, "projector");
  return tf.tidy(() => {
    const hidden = gelu(tf.add(linear(seen, weight("in")), weight("in_bias")) as Tensor3D); // [P, N, D]
    return tf.add(linear(hidden, weight("out")), weight("out_bias")) as Tensor3D; // [P, N, D]
  });
}
