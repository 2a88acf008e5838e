import type { PictureSize } from "@rewardlab/core";
import type { Tensor3D } from "@tensorflow/tfjs-core";
import type { Module } from "./module.ts";

/** A ViT over the patches of a picture of one size: what sees, without what brings it among a decoder's words. */
export interface VisionTower {
  readonly width: number; // D
  readonly layers: number;
  readonly patch: number;
  /** Columns before the patches': a class token's. */
  readonly before: 0 | 1;
  /** Shapes of the parameters, by their names below the tower. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** Parameters that files have and no picture's columns depend on: a pooling head, what masks patches. */
  isCarried(name: string): boolean;
  /** A module's name as Transformers holds it in memory, where files have another. */
  held(name: string): string;
  /** Constants for pictures of so many patches. The tensors are the caller's. Throws `InputError` for a size that the tower can't see. */
  prepare(grid: PictureSize): object;
  /**
   * Pure: the states of all columns, of pictures of one size. states(0) is before the first layer, states(l) after layer l, and states("last") after the tower's
   * own norm where it has one behind the last layer. patches [N, n, 3 · patch²] → [N, before + n, D] each
   */
  look(tower: Module, patches: Tensor3D, prepared: object, wanted: readonly (number | "last")[]): Tensor3D[];
}
