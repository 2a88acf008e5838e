/** The mean squares of a table with one value in a cell, and what each is made of: rows (seeds, or cold starts) by items. */
export interface MeanSquares {
  readonly perRow: number;
  readonly perItem: number;
  /** Of the rest: row × item. */
  readonly perCell: number;
  readonly rows: number;
  readonly items: number;
}

/**
 * What the variance of a table's mean is estimated by, MS / (rows · items), with its degrees of freedom: two-way random effects, Satterthwaite's
 * degrees (1946, Biometrics Bulletin 2:110). A component estimated below 0 is left out: then it is the variance over rows, or over items, alone (the
 * larger of the two where neither component is above 0).
 */
export function meanVariance({ perRow, perItem, perCell, rows, items }: MeanSquares): { variance: number; degrees: number } {
  const [rowDegrees, itemDegrees] = [rows - 1, items - 1];
  const sum = perRow + perItem - perCell;
  const [meanSquare, degrees] =
    perRow > perCell && perItem > perCell
      ? [sum, sum ** 2 / (perRow ** 2 / rowDegrees + perItem ** 2 / itemDegrees + perCell ** 2 / (rowDegrees * itemDegrees))]
      : perRow > perItem
        ? [perRow, rowDegrees]
        : [perItem, itemDegrees];
  return { variance: meanSquare / (rows * items), degrees };
}
