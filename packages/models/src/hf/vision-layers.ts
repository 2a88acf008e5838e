import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { InputError } from "@rewardlab/core";
import { gelu } from "../layers/projector.ts";
import { attention } from "../ops/attention.ts";
import { at, layerNorm, linear } from "./module.ts";
import type { Module } from "./module.ts";

/** An activation by Transformers' name. */
export function activation(name: string, where: string): <T extends Tensor>(x: T) => T {
  switch (name) {
    case "gelu_pytorch_tanh":
      return gelu;
    case "gelu":
      return exactGelu;
    case "quick_gelu":
      return (x) => tf.tidy(() => tf.mul(x, tf.sigmoid(tf.mul(x, 1.702)))) as typeof x;
    default:
      throw new InputError(
        "RL_HF_CONFIG",
        `${where}: hidden_act is ${JSON.stringify(name)}, expected gelu_pytorch_tanh, gelu or quick_gelu`,
      );
  }
}

/** GELU (arXiv 1606.08415v5): x · Φ(x) = ½ x (1 + erf(x / √2)). */
export function exactGelu<T extends Tensor>(x: T): T {
  return tf.tidy(() => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1))) as T;
}

export interface VisionLayerSizes {
  readonly heads: number;
  readonly epsilon: number;
  readonly activation: <T extends Tensor>(x: T) => T;
}

/** A layer of SigLIP's tower (arXiv 2303.15343v4; CLIP's is the same): every patch sees every patch of its picture. x [N, n, D] → [N, n, D] */
export function siglipLayer(layer: Module, x: Tensor3D, { heads, epsilon, activation: act }: VisionLayerSizes): Tensor3D {
  return tf.tidy(() => {
    const [count, patches, width] = x.shape;
    const own = at(layer, "self_attn");
    const normed = layerNorm(at(layer, "layer_norm1"), x, epsilon); // [N, n, D]
    const cut = (name: string) => tf.reshape(linear(at(own, name), normed), [count, patches, heads, width / heads]) as Tensor4D; // [N, n, H, d]
    const read = attention(cut("q_proj"), cut("k_proj"), cut("v_proj")); // [N, n, H, d]
    const mixed = tf.add(x, linear(at(own, "out_proj"), tf.reshape(read, [count, patches, width]))) as Tensor3D; // [N, n, D]
    const hidden = act(linear(at(layer, "mlp", "fc1"), layerNorm(at(layer, "layer_norm2"), mixed, epsilon))); // [N, n, F]
    return tf.add(mixed, linear(at(layer, "mlp", "fc2"), hidden)) as Tensor3D; // [N, n, D]
  });
}

/** Shapes of the layers' parameters, by name. */
export function siglipShapes(prefix: string, layers: number, width: number, hidden: number): Record<string, readonly number[]> {
  const shapes: Record<string, readonly number[]> = {};
  for (let index = 0; index < layers; index++) {
    const put = (name: string, weight: readonly number[], bias: number) => {
      shapes[`${prefix}${index}.${name}.weight`] = weight;
      shapes[`${prefix}${index}.${name}.bias`] = [bias];
    };
    for (const name of ["q_proj", "k_proj", "v_proj", "out_proj"]) put(`self_attn.${name}`, [width, width], width);
    put("mlp.fc1", [hidden, width], hidden);
    put("mlp.fc2", [width, hidden], width);
    for (const name of ["layer_norm1", "layer_norm2"]) put(name, [width], width);
  }
  return shapes;
}

/**
 * Every s × s patches of a picture become one column with all their numbers (pixel shuffle, as in Idefics3, arXiv 2408.12637v1). x [N, h·w, D], h = w
 * → [N, h·w / s², s²·D]
 */
export function pixelShuffle(x: Tensor3D, factor: number): Tensor3D {
  return tf.tidy(() => {
    const [count, patches, width] = x.shape;
    const side = Math.sqrt(patches);
    const few = side / factor;
    const beside = tf.reshape(x, [count, side, few, width * factor]); // [N, h, w/s, s·D]
    const below = tf.reshape(tf.transpose(beside, [0, 2, 1, 3]), [count, few, few, width * factor * factor]); // [N, w/s, h/s, s²·D]
    return tf.reshape(tf.transpose(below, [0, 2, 1, 3]), [count, few * few, width * factor * factor]) as Tensor3D; // [N, h·w/s², s²·D]
  });
}

/** A learned column before those of the patches. x [N, n, D], own [D] or of as many numbers → [N, 1 + n, D] */
export function withClass(x: Tensor3D, own: Tensor): Tensor3D {
  return tf.tidy(() => {
    const [pictures, , width] = x.shape;
    const first = tf.add(tf.zeros([pictures, 1, width]), tf.reshape(own, [1, 1, width])); // [N, 1, D]
    return tf.concat([first, x], 1) as Tensor3D; // [N, 1 + n, D]
  });
}
