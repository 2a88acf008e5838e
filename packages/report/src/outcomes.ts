import { metricByItem } from "./item-values.ts";
import type { ItemValues } from "./item-values.ts";
import { metricValue } from "./metric.ts";
import type { ComparedMetric } from "./metric.ts";
import type { Grid, GridCell } from "./read-grid.ts";
import type { GridRun } from "./grid-run.ts";

/** What a run counts with in a metric. */
export interface RunOutcome {
  readonly seed: number;
  readonly run: GridRun;
  readonly value: number;
  /** By test item, where that is known. */
  readonly byItem: ItemValues | null;
  /** worst: the run collapsed and has no measurement, so it counts as the worst there can be. */
  readonly how: "measured" | "worst";
}

/**
 * The outcomes of a cell, a seed each. A collapsed run that was evaluated counts with what was measured. One that was not counts as the worst:
 * 0 of a share that should be high, 1 of one that should be low, and else the worst that any run of the grid measured. Where it can't be said which way
 * is worse, and for runs that failed or are unfinished, there is no outcome.
 */
export function outcomesOf(cell: GridCell, metric: ComparedMetric, grid: Pick<Grid, "cells">): RunOutcome[] {
  return cell.runs.flatMap((run): RunOutcome[] => {
    const value = metricValue(run, metric.path);
    if (value !== null) return [{ seed: run.seed, run, value, byItem: metricByItem(run, metric.path), how: "measured" }];
    const worst = run.status === "collapsed" ? worstOf(metric, grid) : null;
    if (worst === null) return [];
    return [{ seed: run.seed, run, value: worst, byItem: worstByItem(metric, worst, grid), how: "worst" }];
  });
}

/** null where it can't be said which way is worse, or nothing was measured. */
export function worstOf({ path, isShare, better }: ComparedMetric, { cells }: Pick<Grid, "cells">): number | null {
  if (better === null) return null;
  if (isShare) return better === "higher" ? 0 : 1;
  const values = cells.flatMap(({ runs }) => runs.flatMap((run) => metricValue(run, path) ?? []));
  if (values.length === 0) return null;
  return values.reduce((a, b) => (better === "higher" ? Math.min(a, b) : Math.max(a, b)));
}

/** As bad on every item, if another run knows which they are. */
function worstByItem({ path }: ComparedMetric, worst: number, { cells }: Pick<Grid, "cells">): ItemValues | null {
  for (const { runs } of cells)
    for (const run of runs) {
      const known = metricByItem(run, path);
      if (known) return { ...known, values: known.values.map(() => worst) };
    }
  return null;
}
