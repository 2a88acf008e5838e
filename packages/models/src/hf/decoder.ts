import type { Tensor, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { CachedLayer } from "../layers/cached-layers.ts";
import type { RopeTables } from "../ops/rope.ts";
import type { Module } from "./module.ts";

/** What reads and writes: words' states, layers over a cache, a norm behind the last, and the logits' matrix. Pure functions of the parameters. */
export interface Decoder {
  /** Of its layers, by which memory is told before anything is loaded: D, how many layers, H, K, d and F. */
  readonly sizes: {
    readonly width: number;
    readonly layers: number;
    readonly heads: number;
    readonly kvHeads: number;
    readonly headSize: number;
    readonly hiddenSize: number;
  };
  readonly vocabulary: number; // V
  /** Most tokens of a prompt and its response together. */
  readonly contextLength: number;
  /** Where its parameters stand, e.g. "model": what `towers: [text]` and `freeze: [text]` mean, with the logits' matrix. */
  readonly at: string;
  /** The module whose weight is the logits' matrix, e.g. "lm_head", or the embedding. [V, D] */
  readonly logits: string;
  /** Shapes of all its parameters, by name; matrices are [outputs, inputs], as PyTorch has them. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** ids int32 [B, T] → [B, T, D] */
  embed(whole: Module, ids: Tensor2D): Tensor3D;
  layers(whole: Module): readonly CachedLayer[];
  /** The same layers for gradients that make their numbers again, where it can; absent: `checkpointing` keeps them as always. */
  remade?(whole: Module, trains: (name: string) => boolean): readonly CachedLayer[];
  /** What its layers get as tables, from the columns' positions. [B, T]; with M-RoPE [3, B, T] for prompts */
  tables(positions: Tensor): RopeTables;
  /** x [B, T, D] → [B, T, D] */
  norm(whole: Module, x: Tensor3D): Tensor3D;
}
