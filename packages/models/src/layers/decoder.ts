import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { checkShapes } from "@rewardlab/core";
import type { Parameters } from "@rewardlab/core";
import { rmsNorm } from "../ops/rms-norm.ts";
import { rope, ropeTables } from "../ops/rope.ts";
import type { RopeTables } from "../ops/rope.ts";
import { columnsFrom, readAfter, readFirst } from "./cached-layers.ts";
import type { Cache, CachedLayer, ReadBefore } from "./cached-layers.ts";
import { afterAttention, beforeAttention, NORM_EPSILON, projected } from "./self-attention.ts";

export interface DecoderSizes {
  readonly layers: number;
  readonly headSize: number;
  readonly ropeTheta: number;
}

/**
 * A decoder of pre-norm layers with grouped-query attention, rotary positions and gated feed-forward parts, as in Llama (arXiv 2302.13971v1).
 * A column's position is its index; a column whose mask is 0 (padding) counts as a position and is never seen.
 *
 * readPrefix reads a sequence's first columns x [B, C, D] for the sake of those that follow. mask [B, C].
 */
export function readPrefix(parameters: Parameters, x: Tensor3D, mask: Tensor2D, sizes: DecoderSizes): Cache {
  checkShapes("readPrefix", { x: [x, "B C D"], mask: [mask, "B C"] });
  return tf.tidy(() => readFirst(layersOf(parameters, sizes), x, mask, tablesAt(0, x.shape[1], sizes)) as never) as Cache;
}

/** Reads the columns x [B, T, D] after those in the cache. `hidden` [B, T, D] is their output, after the last norm; `cache` is the joined one. */
export function readOn(
  parameters: Parameters,
  x: Tensor3D,
  before: ReadBefore,
  sizes: DecoderSizes,
): { hidden: Tensor3D; cache: Cache } {
  return tf.tidy(() => {
    const read = readAfter(layersOf(parameters, sizes), x, before, tablesAt(before.position, x.shape[1], sizes));
    return { ...read, hidden: rmsNorm(read.hidden, parameters.norm as Tensor1D, NORM_EPSILON) } as never;
  }) as { hidden: Tensor3D; cache: Cache };
}

function tablesAt(position: number | Scalar, columns: number, { headSize, ropeTheta }: DecoderSizes): RopeTables {
  return ropeTables(columnsFrom(position, columns), headSize, ropeTheta); // [T, d/2]
}

function layersOf(parameters: Parameters, { layers, headSize }: DecoderSizes): CachedLayer[] {
  return Array.from({ length: layers }, (_, index): CachedLayer => {
    const part = `layer.${index}`;
    return {
      before: (x) => beforeAttention(parameters, part, x), // [B, T, D]
      queries: (normed, tables) => rope(projected(parameters, part, "q", normed, headSize), tables), // [B, T, H, d]
      keysAndValues: (normed, tables) => ({
        keys: rope(projected(parameters, part, "k", normed, headSize), tables), // [B, T, K, d]
        values: projected(parameters, part, "v", normed, headSize), // [B, T, K, d]
      }),
      after: (x, read) => afterAttention(parameters, part, x, read), // [B, T, D]
    };
  });
}
