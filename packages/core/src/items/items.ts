import { InputError } from "@rewardlab/storage";
import type { ItemOutline, PreferenceItem, Split } from "../kinds.ts";

/** A split of items that are all in memory. */
export function splitOf(items: readonly PreferenceItem[]): Split {
  const item = async (index: number): Promise<PreferenceItem> => items[checkedIndex(index, items.length)]!;
  return { length: items.length, item, outline: async (index) => outlineOf(await item(index)) };
}

/** `index`, where a split of so many items has one there. Throws `InputError`. */
export function checkedIndex(index: number, length: number): number {
  if (Number.isInteger(index) && index >= 0 && index < length) return index;
  throw new InputError("RL_DATASET_INDEX", `dataset: item ${index} was asked for, expected 0 to ${length - 1}`);
}

/** Items of a split, in the order of the indices. */
export function itemsAt(split: Split, indices: readonly number[]): Promise<PreferenceItem[]> {
  return Promise.all(indices.map((index) => split.item(index)));
}

/** An item without its pictures' pixels, to be kept. */
export function outlineOf(item: ItemOutline): ItemOutline {
  return { ...item, images: item.images.map(({ path, pixels: { width, height } }) => ({ path, pixels: { width, height } })) };
}
