import * as tf from "@tensorflow/tfjs-core";
import type { Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Parameters } from "@rewardlab/core";
import { rmsNorm } from "../ops/rms-norm.ts";
import { feedForward } from "./feed-forward.ts";
import { linear } from "./linear.ts";
import { weightsOf } from "./weights.ts";

/** The ε of every norm of the model. */
export const NORM_EPSILON = 1e-5;

/** norm(x), which a layer's queries, keys and values are projected from. [B, T, D] */
export function beforeAttention(parameters: Parameters, part: string, x: Tensor3D): Tensor3D {
  return rmsNorm(x, weightsOf(parameters, part)("attn_norm"), NORM_EPSILON); // [B, T, D]
}

/** x W_name cut into heads of d numbers. [B, T, H, d] */
export function projected(parameters: Parameters, part: string, name: "q" | "k" | "v", x: Tensor3D, headSize: number): Tensor4D {
  const [batch, tokens] = x.shape;
  return tf.tidy(() => {
    const all = linear(x, weightsOf(parameters, part)(name)); // [B, T, H·d]
    return tf.reshape(all, [batch, tokens, all.shape[2] / headSize, headSize]) as Tensor4D; // [B, T, H, d]
  });
}

/** The rest of a pre-norm layer, `read` being its attention's output: x ← x + read W_o, then x ← x + feedForward(norm(x)). [B, T, D] */
export function afterAttention(parameters: Parameters, part: string, x: Tensor3D, read: Tensor4D): Tensor3D {
  const weight = weightsOf(parameters, part);
  const [batch, tokens, heads, headSize] = read.shape;
  return tf.tidy(() => {
    const joined = tf.reshape(read, [batch, tokens, heads * headSize]) as Tensor3D; // [B, T, H·d]
    const mixed = tf.add(x, linear(joined, weight("o"))) as Tensor3D; // [B, T, D]
    const normed = rmsNorm(mixed, weight("mlp_norm"), NORM_EPSILON); // [B, T, D]
    return tf.add(mixed, feedForward(parameters, part, normed)) as Tensor3D; // [B, T, D]
  });
}
