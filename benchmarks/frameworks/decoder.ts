import type { Parameters } from "@rewardlab/core";
import {
  afterAttention,
  attention,
  beforeAttention,
  embedding,
  NORM_EPSILON,
  projected,
  projector,
  rmsNorm,
  rope,
  ropeTables,
  tokenLogProbs,
  visionEncoder,
} from "@rewardlab/models/layers";
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import type { DecoderSizes } from "./sizes.ts";

/** Rows of tokens, and the picture before each of them where the model sees. */
export interface Sequences {
  readonly ids: Tensor2D; // int32 [B, C]
  readonly images: Tensor4D | null; // [B, H, W, 3]
}

/**
 * The decoder of the benchmark, from the layers of our models. All columns of a sequence are read in one pass, as peers/decoder.py does
 * it, so that both sides do the same arithmetic. (A model of ours reads the prompt first, and leaves out what of it nobody looks at.)
 */

/** Log-probabilities of the last T tokens, from one pass over all columns. [B, T] */
export function logProbsOf(parameters: Parameters, read: Sequences, responseTokens: number, sizes: DecoderSizes): Tensor2D {
  return tf.tidy(() => {
    const { ids } = read;
    const [rows, columns] = ids.shape;
    const hidden = readAll(parameters, read, sizes); // [B, N + C, D]
    const from = hidden.shape[1] - responseTokens - 1;
    const before = tf.slice(hidden, [0, from, 0], [rows, responseTokens, sizes.width]); // [B, T, D]
    const targets = tf.slice(ids, [0, columns - responseTokens], [rows, responseTokens]); // [B, T]
    return tokenLogProbs(logitsOf(parameters, before), targets) as Tensor2D; // [B, T]
  });
}

function readAll(parameters: Parameters, { ids, images }: Sequences, sizes: DecoderSizes): Tensor3D {
  const words = embedding(parameters["embed"] as Tensor2D, ids) as Tensor3D; // [B, C, D]
  let hidden = images === null ? words : tf.concat([seenBy(parameters, images, sizes), words], 1); // [B, N + C, D]
  const tables = ropeTables(tf.range(0, hidden.shape[1]), headSizeOf(sizes), sizes.ropeTheta); // [N + C, d/2]
  for (let layer = 0; layer < sizes.layers; layer++) {
    const part = `layer.${layer}`;
    const normed = beforeAttention(parameters, part, hidden); // [B, C, D]
    const heads = (name: "q" | "k" | "v") => projected(parameters, part, name, normed, headSizeOf(sizes)); // [B, C, H or K, d]
    const read = attention(rope(heads("q"), tables), rope(heads("k"), tables), heads("v"), { causalOffset: 0 }); // [B, C, H, d]
    hidden = afterAttention(parameters, part, hidden, read); // [B, C, D]
  }
  return hidden;
}

function logitsOf(parameters: Parameters, hidden: Tensor3D): Tensor3D {
  const [rows, columns, width] = hidden.shape;
  const normed = rmsNorm(hidden, parameters["norm"] as Tensor1D, NORM_EPSILON); // [B, T, D]
  const embed = parameters["embed"] as Tensor2D; // [V, D]
  const flat = tf.matMul(tf.reshape(normed, [rows * columns, width]) as Tensor2D, embed, false, true); // [B·T, V]
  return tf.reshape(flat, [rows, columns, embed.shape[0]]) as Tensor3D; // [B, T, V]
}

/** The picture's columns. [B, N, D] */
export function seenBy(parameters: Parameters, images: Tensor4D, sizes: DecoderSizes): Tensor3D {
  return projector(parameters, visionEncoder(parameters, images, { ...sizes.vision!, headSize: headSizeOf(sizes) }));
}

const headSizeOf = ({ width, heads }: DecoderSizes): number => width / heads;
