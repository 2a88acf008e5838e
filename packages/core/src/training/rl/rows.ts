import type { Rollout } from "../rollout.ts";

/** Values in parts of `size`; the last may be smaller. */
export function chunks<T>(values: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, index) => values.slice(index * size, (index + 1) * size));
}

/** Rows of tokens at their places in the rollout; the rows that were dropped are 0. [rows, T] → [B, T] */
export function backInRollout(values: Float32Array, rows: readonly number[], { tokens: T, mask }: Rollout): Float32Array {
  const all = new Float32Array(mask.length);
  rows.forEach((row, index) => all.set(values.subarray(index * T, (index + 1) * T), row * T));
  return all;
}

/** Mean over rows of the mean over each row's tokens; rows without tokens don't count. values, mask: [rows, T] */
export function meanOfRowMeans(values: ArrayLike<number>, mask: ArrayLike<number>, tokens: number): number {
  const rows = chunks([...Array.from(mask).keys()], tokens).map((row) => row.filter((index) => mask[index]! > 0));
  const means = rows.flatMap((row) =>
    row.length === 0 ? [] : [row.reduce((sum, index) => sum + values[index]!, 0) / row.length],
  );
  return means.reduce((sum, mean) => sum + mean, 0) / Math.max(1, means.length);
}
