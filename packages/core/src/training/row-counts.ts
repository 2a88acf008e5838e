/**
 * How many rows a batch of `rows` is given where a function is traced for each number of them, so that few numbers occur: `full` where it has that
 * many, otherwise the next of eight steps between one power of two and the next. At most an eighth more is computed; below 16 it is `rows` itself.
 */
export function paddedRows(rows: number, full: number): number {
  if (rows >= full) return rows;
  const step = Math.max(1, 2 ** (Math.floor(Math.log2(rows)) - 3));
  return Math.min(full, Math.ceil(rows / step) * step);
}
