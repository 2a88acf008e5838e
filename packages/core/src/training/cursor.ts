import { InputError } from "@rewardlab/storage";
import { randomStream } from "@rewardlab/statistics/random";

/** Where a run is in its data: which pass, and how many items of it are used. */
export interface Cursor {
  readonly epoch: number;
  readonly position: number;
}
export const cursorAtStart: Cursor = { epoch: 0, position: 0 };

/**
 * The next `count` indices of a data set of `size` items, each pass in a new order drawn from the seed alone:
 * so every variant of one seed sees the same prompts in the same order.
 */
export function nextIndices(seed: string, size: number, count: number, cursor: Cursor): { indices: number[]; cursor: Cursor } {
  if (size === 0) throw new InputError("RL_DATA_EMPTY", "the data to train on has no items, expected at least one");
  const indices: number[] = [];
  let { epoch, position } = cursor;
  let order = passOrder(seed, size, epoch);
  while (indices.length < count) {
    if (position === size) {
      order = passOrder(seed, size, ++epoch);
      position = 0;
    }
    indices.push(order[position++]!);
  }
  return { indices, cursor: { epoch, position } };
}

function passOrder(seed: string, size: number, epoch: number): number[] {
  return randomStream(seed, `order/${epoch}`).shuffle(Array.from({ length: size }, (_, index) => index));
}
