/** The mean squares of a table with one value in a cell: rows (seeds, or cold starts) by items. */
export interface MeanSquares {
  readonly perRow: number;
  readonly perItem: number;
  /** Of the rest: row × item. */
  readonly perCell: number;
  readonly rows: number;
  readonly items: number;
}

/** A variance of the table's mean, and the degrees of freedom that it is known with. */
export interface KnownVariance {
  readonly variance: number;
  readonly degrees: number;
}

/**
 * The variance of the table's mean over new rows and new items, two-way random effects with Satterthwaite's degrees (1946, Biometrics Bulletin 2:110):
 *
 *     V̂ = (MS_r + MS_i − MS_e) / (R·I)          f = (…)² / (MS_r²/(R−1) + MS_i²/(I−1) + MS_e²/((R−1)(I−1)))
 *
 * A component estimated below 0 is left out: then it is the variance over rows, or over items, alone (the larger where neither is above 0).
 */
export function varianceOverBoth({ perRow, perItem, perCell, rows, items }: MeanSquares): KnownVariance {
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

/**
 * What a claim must stand against: chance over rows and items, over rows alone, over items alone. The three, not the first only: with few rows their
 * effect is often estimated as none at all, and what is then left has the many degrees of freedom of items. By itself the first would call variants that
 * do nothing different in up to twice as many grids of 5 seeds as the level says, at the levels that Holm's correction asks for.
 *
 * `carriers`: how many items carry the spread between items. Where these are fewer than CARRIERS (answers right on nearly all items, say, where two
 * differ), MS_i is known worse than I − 1 degrees of freedom say, and is raised in proportion: without that such intervals cover 87 to 92 %. Both numbers
 * are by simulation (tools/simulations).
 */
export function standardsOf(squares: MeanSquares, carriers = squares.items): readonly KnownVariance[] {
  const { perRow, rows, items } = squares;
  const perItem = squares.perItem * Math.max(1, Math.min(CARRIERS, CARRIERS_SHARE * items) / carriers);
  return [
    varianceOverBoth({ ...squares, perItem }),
    { variance: perRow / (rows * items), degrees: rows - 1 },
    { variance: perItem / (rows * items), degrees: items - 1 },
  ];
}
const CARRIERS = 4;
/** Of normal values less than 0.4 of them rarely carry the spread, however few there are. */
const CARRIERS_SHARE = 0.4;
