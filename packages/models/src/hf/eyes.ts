import type { Pixels, PictureSize } from "@rewardlab/core";
import type { PictureFeatures } from "./language-model.ts";
import type { Module } from "./module.ts";

/** How an architecture sees: from pixels to columns among the words'. */
export interface Eyes {
  /** What the chat template writes for a picture. */
  readonly mark: string;
  /** The text that stands in the mark's place, which says where the picture's columns are. */
  written(size: PictureSize): string;
  /** The token that stands for one picture column. */
  readonly columnToken: number;
  /** How wide the columns are that `look` gives. */
  readonly columnWidth: number;
  /** Tokens that no response may have: the picture's. */
  readonly never: readonly number[];
  /** Rows and columns of a picture's columns, which have a height and a width of their own (M-RoPE); null: they are counted on like words. */
  grid(size: PictureSize): { readonly height: number; readonly width: number } | null;
  /** Pictures as tensors, in the order of their columns. They are the caller's. */
  prepare(pictures: readonly Pixels[]): object;
  /** Pure: the columns of all pictures prepared. */
  look(model: Module, seen: object): PictureFeatures;
  /** Shapes of the parameters that see, by name. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}
