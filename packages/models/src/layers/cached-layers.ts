import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Parameters } from "@rewardlab/core";
import { attention } from "../ops/attention.ts";
import { recomputed } from "../ops/recomputed.ts";
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
  /** Where a gradient is taken that is to make again what is within the layer, in the place of keeping it. */
  readonly remade?: Remade;
}

/** A layer as a function of those of its parameters that train. */
export interface Remade {
  readonly trained: Parameters;
  of(trained: Parameters): CachedLayer;
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
      if (index === layers.length - 1) return layer.keysAndValues(layer.before(hidden), tables); // [B, C, K, d]
      const { after, ...own } = again(layer, [hidden], [mask, tables.cos, tables.sin], wholeLayer);
      hidden = between(after, index); // [B, C, D]
      return own;
    }) as never;
  }) as Cache;
}

/** A layer of columns that see one another. */
function wholeLayer(layer: CachedLayer, [x]: readonly Tensor[], [mask, cos, sin]: readonly Tensor[]) {
  const tables = { cos, sin } as RopeTables;
  const normed = layer.before(x as Tensor3D); // [B, C, D]
  const own = layer.keysAndValues(normed, tables); // [B, C, K, d]
  const read = attention(layer.queries(normed, tables), own.keys, own.values, { keyMask: mask, causalOffset: 0 }); // [B, C, H, d]
  return { after: layer.after(x as Tensor3D, read), ...own }; // [B, C, D], [B, C, K, d] twice
}

/** What `of` makes of a layer and of tensors, made again by a gradient where the layer is. Only `inputs` and the layer's parameters get gradients. */
function again<R extends Readonly<Record<string, Tensor>>>(
  layer: CachedLayer,
  inputs: readonly Tensor[],
  constants: readonly Tensor[],
  of: (layer: CachedLayer, inputs: readonly Tensor[], constants: readonly Tensor[]) => R,
): R {
  const { remade } = layer;
  if (remade === undefined) return of(layer, inputs, constants);
  const names = Object.keys(remade.trained);
  let keys: readonly string[] = [];
  const made = recomputed(
    (given, kept) => {
      const trained = Object.fromEntries(names.map((name, index) => [name, given[inputs.length + index]!]));
      const result = of(remade.of(trained), given.slice(0, inputs.length), kept);
      keys = Object.keys(result);
      return Object.values(result);
    },
    [...inputs, ...names.map((name) => remade.trained[name]!)],
    constants,
  );
  return Object.fromEntries(keys.map((key, index) => [key, made[index]!])) as R;
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

/**
 * Reads the columns x [B, T, D] after those in the cache. `hidden` [B, T, D] is the last layer's output; `cache` is the joined one, and empty where a
 * gradient makes layers again.
 */
export function readAfter(
  layers: readonly CachedLayer[],
  x: Tensor3D,
  { cache: past, mask, position, join }: ReadBefore,
  tables: RopeTables,
): { hidden: Tensor3D; cache: Cache } {
  return tf.tidy(() => {
    let hidden = x; // [B, T, D]
    const cache = layers.flatMap((layer, index) => {
      const { keys, values } = past[index]!;
      if (layer.remade !== undefined) {
        const of = (one: CachedLayer, [given, k, v]: readonly Tensor[], [seen, cos, sin]: readonly Tensor[]) => {
          const before = { cache: { keys: k as Tensor4D, values: v as Tensor4D }, mask: seen as Tensor2D, position, join };
          return { hidden: layerAfter(one, given as Tensor3D, before, { cos, sin } as RopeTables).hidden };
        };
        ({ hidden } = again(layer, [hidden, keys, values], [mask, tables.cos, tables.sin], of));
        return [];
      }
      const read = layerAfter(layer, hidden, { cache: { keys, values }, mask, position, join }, tables);
      ({ hidden } = read);
      return [read.cache];
    });
    return { hidden, cache } as never;
  }) as { hidden: Tensor3D; cache: Cache };
}

function layerAfter(
  layer: CachedLayer,
  x: Tensor3D,
  { cache: { keys, values }, mask, position, join }: Omit<ReadBefore, "cache"> & { readonly cache: KeysAndValues },
  tables: RopeTables,
): { hidden: Tensor3D; cache: KeysAndValues } {
  const normed = layer.before(x); // [B, T, D]
  const own = layer.keysAndValues(normed, tables); // [B, T, K, d]
  const all = { keys: join(keys, own.keys, position), values: join(values, own.values, position) }; // [B, C, K, d]
  const read = attention(layer.queries(normed, tables), all.keys, all.values, { keyMask: mask, causalOffset: position }); // [B, T, H, d]
  return { hidden: layer.after(x, read), cache: all }; // [B, T, D]
}

/** Indices of so many columns from the first on. [T] */
export function columnsFrom(position: number | Scalar, columns: number): tf.Tensor1D {
  return typeof position === "number"
    ? tf.range(position, position + columns)
    : (tf.add(tf.range(0, columns, 1, "int32"), position) as tf.Tensor1D);
}
