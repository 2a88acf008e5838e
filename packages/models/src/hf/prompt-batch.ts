import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { InputError } from "@rewardlab/core";
import type { Pixels, PictureSize } from "@rewardlab/core";
import type { Eyes } from "./eyes.ts";
import type { HfBatch } from "./language-model.ts";

/** A prompt in tokens, and its pictures in the order of their columns. */
export interface PromptRow {
  readonly ids: readonly number[];
  readonly pictures: readonly Pixels[];
  /** For messages. */
  readonly where: string;
}

export interface BatchOptions {
  readonly padId: number;
  readonly eyes: Eyes | null;
  /** Positions have a time, a height and a width. */
  readonly mrope: boolean;
  /** Rows are padded to a multiple of so many columns: a compiled function is traced for each number. */
  readonly columnsBy: number;
}

/** Prompts side by side, left-padded. The tensors are the caller's. */
export function promptBatchOf(rows: readonly PromptRow[], { padId, eyes, mrope, columnsBy }: BatchOptions): HfBatch {
  const longest = Math.max(...rows.map(({ ids }) => ids.length));
  const columns = Math.ceil(longest / columnsBy) * columnsBy;
  const ids = new Int32Array(rows.length * columns).fill(padId);
  const mask = new Float32Array(rows.length * columns);
  const axes = mrope ? 3 : 1;
  const positions = new Float32Array(axes * rows.length * columns);
  const shift = new Float32Array(rows.length);
  const places = new Int32Array(rows.length * columns);
  const pictures: Pixels[] = [];
  let seen = 0; // picture columns so far
  rows.forEach((row, index) => {
    const from = index * columns + columns - row.ids.length;
    ids.set(row.ids, from);
    mask.fill(1, from, from + row.ids.length);
    const { at, next } = positionsOf(row, eyes);
    for (let axis = 0; axis < axes; axis++) positions.set(at[axis]!, axis * rows.length * columns + from);
    shift[index] = next - columns;
    if (eyes === null) return;
    row.ids.forEach((id, column) => {
      if (id === eyes.columnToken) places[from + column] = ++seen;
    });
    pictures.push(...row.pictures);
  });
  const shape = [rows.length, columns] as const;
  return {
    promptIds: tf.tensor2d(ids, [...shape], "int32"), // [P, S]
    promptMask: tf.tensor2d(mask, [...shape]), // [P, S]
    positions: tf.tensor(positions, mrope ? [3, ...shape] : [...shape]), // [P, S] or [3, P, S]
    shift: tf.tensor1d(shift), // [P]
    pictures:
      eyes === null || pictures.length === 0
        ? null
        : { places: tf.tensor2d(places, [...shape], "int32") as Tensor2D, seen: eyes.prepare(pictures) }, // [P, S]
  };
}

/**
 * Positions of a prompt's columns on three axes, and that of the first response column. Words count on by one on all three; a picture's columns have one time,
 * and a height and a width of their own, all from the position before on; what follows comes after the longer side (M-RoPE, arXiv 2409.12191v2, figure 3).
 * Throws `InputError` where the picture columns aren't as many as the pictures have.
 */
export function positionsOf(
  {
    ids,
    pictures,
    where,
  }: { readonly ids: readonly number[]; readonly pictures: readonly PictureSize[]; readonly where: string },
  eyes: Eyes | null,
): { readonly at: readonly [number[], number[], number[]]; readonly next: number } {
  const at: [number[], number[], number[]] = [[], [], []];
  let next = 0;
  let picture = 0;
  for (let column = 0; column < ids.length;) {
    const grid = eyes !== null && ids[column] === eyes.columnToken && pictures[picture] ? eyes.grid(pictures[picture]!) : null;
    if (grid === null) {
      for (const axis of at) axis.push(next);
      next++;
      column++;
      continue;
    }
    picture++;
    for (let row = 0; row < grid.height; row++)
      for (let across = 0; across < grid.width; across++, column++) {
        if (ids[column] !== eyes!.columnToken)
          throw new InputError(
            "RL_IMAGE",
            `${where}: picture ${picture} has ${grid.height * grid.width} columns, the prompt fewer`,
          );
        at[0].push(next);
        at[1].push(next + row);
        at[2].push(next + across);
      }
    next += Math.max(grid.height, grid.width);
  }
  return { at, next };
}
