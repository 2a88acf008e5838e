import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { checkShapes } from "@rewardlab/core";
import type { Parameters } from "@rewardlab/core";
import { attention } from "../ops/attention.ts";
import { rmsNorm } from "../ops/rms-norm.ts";
import { rope, ropeTables } from "../ops/rope.ts";
import type { RopeTables } from "../ops/rope.ts";
import { afterAttention, beforeAttention, NORM_EPSILON, projected } from "./self-attention.ts";

export interface DecoderSizes {
  readonly layers: number;
  readonly headSize: number;
  readonly ropeTheta: number;
}

/** What one layer remembers of the columns read. [B, C, K, d] each */
export interface KeysAndValues {
  readonly keys: Tensor4D;
  readonly values: Tensor4D;
}
/** Each layer's, from the first to the last. */
export type Cache = readonly KeysAndValues[];

/** How new columns come to the ones before them: `concatenated`, or `appendToCache` where the cache has room. */
export type Join = (cache: Tensor4D, added: Tensor4D, position: number | Scalar) => Tensor4D;

/** Puts the new columns after those that are there: keys or values [B, H, C, D] grow along the columns. */
export const concatenated: Join = (cache, added) => tf.concat([cache, added], 1);

/**
 * A decoder of pre-norm layers with grouped-query attention, rotary positions and gated feed-forward parts, as in Llama (arXiv 2302.13971v1).
 * A column's position is its index; a column whose mask is 0 (padding) counts as a position and is never seen.
 *
 * readPrefix reads a sequence's first columns x [B, C, D] for the sake of those that follow: only keys and values matter, so the last layer
 * stops there. mask [B, C].
 */
export function readPrefix(parameters: Parameters, x: Tensor3D, mask: Tensor2D, sizes: DecoderSizes): Cache {
  checkShapes("readPrefix", { x: [x, "B C D"], mask: [mask, "B C"] });
  return tf.tidy(() => {
    const tables = tablesAt(0, x.shape[1], sizes);
    const cache: KeysAndValues[] = [];
    let hidden = x; // [B, C, D]
    for (let layer = 0; layer < sizes.layers; layer++) {
      const normed = beforeAttention(parameters, `layer.${layer}`, hidden); // [B, C, D]
      const own = keysAndValues(parameters, layer, normed, tables, sizes); // [B, C, K, d]
      cache.push(own);
      if (layer < sizes.layers - 1)
        hidden = layerOutput(parameters, layer, { hidden, normed, ...own, mask, position: 0 }, tables, sizes); // [B, C, D]
    }
    return cache as never;
  }) as Cache;
}

/** What columns read on from. */
export interface ReadBefore {
  readonly cache: Cache;
  /** Of all columns of the joined cache. [B, C] */
  readonly mask: Tensor2D;
  /** Of the first new column; an int32 scalar where it changes from call to call of a compiled function. */
  readonly position: number | Scalar; // []
  readonly join: Join;
}

/** Reads the columns x [B, T, D] after those in the cache. `hidden` [B, T, D] is their output, after the last norm; `cache` is the joined one. */
export function readOn(
  parameters: Parameters,
  x: Tensor3D,
  before: ReadBefore,
  sizes: DecoderSizes,
): { hidden: Tensor3D; cache: Cache } {
  const { mask, position, join } = before;
  return tf.tidy(() => {
    const tables = tablesAt(position, x.shape[1], sizes);
    const cache: KeysAndValues[] = [];
    let hidden = x; // [B, T, D]
    for (let layer = 0; layer < sizes.layers; layer++) {
      const normed = beforeAttention(parameters, `layer.${layer}`, hidden); // [B, T, D]
      const own = keysAndValues(parameters, layer, normed, tables, sizes); // [B, T, K, d]
      const past = before.cache[layer]!;
      const all = { keys: join(past.keys, own.keys, position), values: join(past.values, own.values, position) }; // [B, C, K, d]
      cache.push(all);
      hidden = layerOutput(parameters, layer, { hidden, normed, ...all, mask, position }, tables, sizes); // [B, T, D]
    }
    return { hidden: rmsNorm(hidden, parameters.norm as Tensor1D, NORM_EPSILON), cache } as never;
  }) as { hidden: Tensor3D; cache: Cache };
}

function tablesAt(position: number | Scalar, columns: number, { headSize, ropeTheta }: DecoderSizes): RopeTables {
  const positions =
    typeof position === "number" ? tf.range(position, position + columns) : tf.add(tf.range(0, columns, 1, "int32"), position); // [T]
  return ropeTables(positions, headSize, ropeTheta); // [T, d/2]
}

function keysAndValues(
  parameters: Parameters,
  layer: number,
  normed: Tensor3D,
  tables: RopeTables,
  { headSize }: DecoderSizes,
): KeysAndValues {
  const part = `layer.${layer}`;
  const keys = rope(projected(parameters, part, "k", normed, headSize), tables); // [B, T, K, d]
  return { keys, values: projected(parameters, part, "v", normed, headSize) }; // [B, T, K, d]
}

interface LayerInput extends KeysAndValues {
  readonly hidden: Tensor3D; // [B, T, D]
  readonly normed: Tensor3D; // [B, T, D]
  readonly mask: Tensor2D; // [B, C]
  readonly position: number | Scalar; // []
}

function layerOutput(
  parameters: Parameters,
  layer: number,
  input: LayerInput,
  tables: RopeTables,
  { headSize }: DecoderSizes,
): Tensor3D {
  const part = `layer.${layer}`;
  const { hidden, normed, keys, values, mask, position } = input;
  const queries = rope(projected(parameters, part, "q", normed, headSize), tables); // [B, T, H, d]
  const read = attention(queries, keys, values, { keyMask: mask, causalOffset: position }); // [B, T, H, d]
  return afterAttention(parameters, part, hidden, read); // [B, T, D]
}
