import type { Parameters } from "@rewardlab/core";
import {
  afterAttention,
  appendToCache,
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
import type { KeysAndValues } from "@rewardlab/models/layers";
import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
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
    const { hidden } = readAll(parameters, read, sizes); // [B, N + C, D]
    const from = hidden.shape[1] - responseTokens - 1;
    const before = tf.slice(hidden, [0, from, 0], [rows, responseTokens, sizes.width]); // [B, T, D]
    const targets = tf.slice(ids, [0, columns - responseTokens], [rows, responseTokens]); // [B, T]
    return tokenLogProbs(logitsOf(parameters, before), targets) as Tensor2D; // [B, T]
  });
}

/** The prompts read: what layers remember, with room for the response, and the logits of the first response token [P, V]. */
export function readPrompts(
  parameters: Parameters,
  prompts: Sequences,
  room: number,
  sizes: DecoderSizes,
): { cache: readonly KeysAndValues[]; logits: Tensor2D } {
  return tf.tidy(() => {
    const { hidden, cache } = readAll(parameters, prompts, sizes);
    const [rows, columns] = hidden.shape;
    const withRoom = (x: Tensor4D) => tf.pad(x, [[0, 0], [0, room], [0, 0], [0, 0]]); // prettier-ignore
    const last = tf.slice(hidden, [0, columns - 1, 0], [rows, 1, sizes.width]); // [P, 1, D]
    return {
      cache: cache.map(({ keys, values }) => ({ keys: withRoom(keys), values: withRoom(values) })), // [P, S + T, K, d]
      logits: tf.reshape(logitsOf(parameters, last), [rows, sizes.vocabulary]), // [P, V]
    } as never;
  }) as { cache: readonly KeysAndValues[]; logits: Tensor2D };
}

/** One more token in every row, at a position that is a tensor: compiled once for all positions. tokens int32 [B, 1] → logits [B, V] */
export function readToken(
  parameters: Parameters,
  tokens: Tensor2D,
  past: readonly KeysAndValues[],
  position: Scalar,
  sizes: DecoderSizes,
): { cache: readonly KeysAndValues[]; logits: Tensor2D } {
  return tf.tidy(() => {
    const tables = ropeTables(tf.reshape(position, [1]), headSizeOf(sizes), sizes.ropeTheta); // [1, d/2]
    const cache: KeysAndValues[] = [];
    let hidden = embedding(parameters["embed"] as Tensor2D, tokens) as Tensor3D; // [B, 1, D]
    for (let layer = 0; layer < sizes.layers; layer++) {
      const { queries, keys, values } = queriesKeysValues(parameters, layer, hidden, tables, sizes);
      const all = {
        keys: appendToCache(past[layer]!.keys, keys, position),
        values: appendToCache(past[layer]!.values, values, position),
      }; // [B, S + T, K, d]
      cache.push(all);
      const read = attention(queries, all.keys, all.values, { causalOffset: position }); // [B, 1, H, d]
      hidden = afterAttention(parameters, `layer.${layer}`, hidden, read); // [B, 1, D]
    }
    return { cache, logits: tf.reshape(logitsOf(parameters, hidden), [tokens.shape[0], sizes.vocabulary]) } as never;
  }) as { cache: readonly KeysAndValues[]; logits: Tensor2D };
}

function readAll(
  parameters: Parameters,
  { ids, images }: Sequences,
  sizes: DecoderSizes,
): { hidden: Tensor3D; cache: KeysAndValues[] } {
  const words = embedding(parameters["embed"] as Tensor2D, ids) as Tensor3D; // [B, C, D]
  let hidden = images === null ? words : tf.concat([seenBy(parameters, images, sizes), words], 1); // [B, N + C, D]
  const tables = ropeTables(tf.range(0, hidden.shape[1]), headSizeOf(sizes), sizes.ropeTheta); // [N + C, d/2]
  const cache: KeysAndValues[] = [];
  for (let layer = 0; layer < sizes.layers; layer++) {
    const { queries, keys, values } = queriesKeysValues(parameters, layer, hidden, tables, sizes);
    cache.push({ keys, values });
    const read = attention(queries, keys, values, { causalOffset: 0 }); // [B, C, H, d]
    hidden = afterAttention(parameters, `layer.${layer}`, hidden, read); // [B, C, D]
  }
  return { hidden, cache };
}

function queriesKeysValues(
  parameters: Parameters,
  layer: number,
  hidden: Tensor3D,
  tables: ReturnType<typeof ropeTables>,
  sizes: DecoderSizes,
) {
  const part = `layer.${layer}`;
  const normed = beforeAttention(parameters, part, hidden); // [B, T, D]
  const heads = (name: "q" | "k" | "v") => projected(parameters, part, name, normed, headSizeOf(sizes)); // [B, T, H or K, d]
  return { queries: rope(heads("q"), tables), keys: rope(heads("k"), tables), values: heads("v") };
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
