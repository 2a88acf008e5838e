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
  let [total, rows] = [0, 0];
  for (let row = 0; row < mask.length; row += tokens) {
    let [sum, counted] = [0, 0];
    for (let index = row; index < Math.min(row + tokens, mask.length); index++) {
      if (!(mask[index]! > 0)) continue;
      sum += values[index]!;
      counted += 1;
    }
    if (counted === 0) continue;
    total += sum / counted;
    rows += 1;
  }
  return total / Math.max(1, rows);
}
