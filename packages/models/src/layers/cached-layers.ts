import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { attention } from "../ops/attention.ts";
import type { RopeTables } from "../ops/rope.ts";

/** What one layer remembers of the columns read. [B, C, K, d] each */
export interface KeysAndValues {
  readonly keys: Tensor4D;
  readonly values: Tensor4D;
}
/** Each layer's, from the first to the last. */
export type Cache = readonly KeysAndValues[];

/** How new columns come to the ones before them: `concatenated`, or `appendToCache` where the cache has room. */
export type Join = (cache: Tensor4D, added: Tensor4D, position: number | Scalar) => Tensor4D;

/** Puts the new columns after those that are there: keys or values [B, C, K, d] grow along the columns. */
export const concatenated: Join = (cache, added) => tf.concat([cache, added], 1);

/** A layer of a decoder, around its attention: x ← after(x, attention(queries, keys, values)), those three being made of before(x). */
export interface CachedLayer {
  before(x: Tensor3D): Tensor3D; // [B, T, D]
  queries(normed: Tensor3D, tables: RopeTables): Tensor4D; // [B, T, H, d]
  keysAndValues(normed: Tensor3D, tables: RopeTables): KeysAndValues; // [B, T, K, d] each
  after(x: Tensor3D, read: Tensor4D): Tensor3D; // [B, T, D]
}

/**
 * Reads a sequence's first columns x [B, C, D] for the sake of those that follow: only keys and values matter, so the last layer stops there.
 * A column whose mask is 0 (padding) is never seen. mask [B, C]. `between` changes what a layer gave, by the layer's index.
 */
export function readFirst(
  layers: readonly CachedLayer[],
  x: Tensor3D,
  mask: Tensor2D,
  tables: RopeTables,
  between: (x: Tensor3D, layer: number) => Tensor3D = (given) => given,
): Cache {
  return tf.tidy(() => {
    let hidden = x; // [B, C, D]
    return layers.map((layer, index) => {
      const normed = layer.before(hidden); // [B, C, D]
      const own = layer.keysAndValues(normed, tables); // [B, C, K, d]
      if (index < layers.length - 1) {
        const read = attention(layer.queries(normed, tables), own.keys, own.values, { keyMask: mask, causalOffset: 0 }); // [B, C, H, d]
        hidden = between(layer.after(hidden, read), index); // [B, C, D]
      }
      return own;
    }) as never;
  }) as Cache;
}

/** What columns read on from. */
export interface ReadBefore {
  readonly cache: Cache;
  /** Of all columns of the joined cache. [B, C] */
  readonly mask: Tensor2D;
  /** Index of the first new column; an int32 scalar where it changes from call to call of a compiled function. */
  readonly position: number | Scalar; // []
  readonly join: Join;
}

/** Reads the columns x [B, T, D] after those in the cache. `hidden` [B, T, D] is the last layer's output; `cache` is the joined one. */
export function readAfter(
  layers: readonly CachedLayer[],
  x: Tensor3D,
  { cache: past, mask, position, join }: ReadBefore,
  tables: RopeTables,
): { hidden: Tensor3D; cache: Cache } {
  return tf.tidy(() => {
    let hidden = x; // [B, T, D]
    const cache = layers.map((layer, index) => {
      const normed = layer.before(hidden); // [B, T, D]
      const own = layer.keysAndValues(normed, tables); // [B, T, K, d]
      const { keys, values } = past[index]!;
      const all = { keys: join(keys, own.keys, position), values: join(values, own.values, position) }; // [B, C, K, d]
      const read = attention(layer.queries(normed, tables), all.keys, all.values, { keyMask: mask, causalOffset: position }); // [B, T, H, d]
      hidden = layer.after(hidden, read); // [B, T, D]
      return all;
    });
    return { hidden, cache } as never;
  }) as { hidden: Tensor3D; cache: Cache };
}

/** Indices of so many columns from the first on. [T] */
export function columnsFrom(position: number | Scalar, columns: number): tf.Tensor1D {
  return typeof position === "number"
    ? tf.range(position, position + columns)
    : (tf.add(tf.range(0, columns, 1, "int32"), position) as tf.Tensor1D);
}
