import { meanInterval } from "@rewardlab/statistics";
import { verdict } from "./verdict.ts";
import type { CellComparison } from "./comparisons.ts";
import { LEVEL } from "./level.ts";
import type { ComparedMetric } from "./metric.ts";
import { measuredAlike } from "./obstacles.ts";
import { outcomesOf } from "./outcomes.ts";
import type { Grid } from "./read-grid.ts";
import { average } from "./stability.ts";
import { independentValues, startsOf } from "./start.ts";

/** A line for each cell: what report.html, report.md, table.csv and table.tex show. Numbers in the metric's unit, shares 0 to 1. */
export interface MainTable {
  readonly metrics: readonly ComparedMetric[];
  readonly rows: readonly MainRow[];
}

export interface MainRow {
  readonly cell: string;
  readonly baseline: boolean;
  /** The cell it is compared with; null for the baseline. */
  readonly against: string | null;
  /** Seeds that have the primary metric, of how many. */
  readonly seeds: number;
  readonly of: number;
  readonly collapsed: number;
  readonly failed: number;
  /** For each metric. */
  readonly values: readonly MainValue[];
  /** In the primary metric; null for the baseline. */
  readonly comparison: CellComparison | null;
  /** What may be said; null for the baseline. */
  readonly verdict: string | null;
}

/**
 * Mean over seeds and its 95 % t interval, which holds for new seeds (cold starts, where they vary) on the same test questions; null below two seeds, where
 * all are one number, which is no certainty, and where the runs were not measured alike.
 */
export interface MainValue {
  readonly mean: number | null;
  readonly interval: { readonly low: number; readonly high: number } | null;
  readonly perSeed: readonly number[];
}

/** The main table: a row for each cell, with each metric's mean and interval, and the comparison with what it is compared with. */
export function mainTableOf(grid: Grid, metrics: readonly ComparedMetric[], comparisons: readonly CellComparison[]): MainTable {
  const rows = grid.cells.map((cell): MainRow => {
    const comparison = comparisons.find((one) => one.cell === cell.name) ?? null;
    const outcomes = metrics.map((metric) => outcomesOf(cell, metric, grid));
    return {
      cell: cell.name,
      baseline: cell.baseline,
      against: comparison?.against ?? null,
      seeds: outcomes[0]?.length ?? 0,
      of: cell.runs.length,
      collapsed: cell.runs.filter(({ status }) => status === "collapsed").length,
      failed: cell.runs.filter(({ status }) => status === "failed").length,
      values: outcomes.map((all, index) => {
        const perSeed = all.map(({ value }) => value);
        const starts = startsOf(
          all.map(({ run }) => run),
          grid.seedLevels,
        );
        const metric = metrics[index]!;
        const alike = measuredAlike(grid, all.map(({ run }) => run), metric.path) === null; // prettier-ignore
        return {
          mean: average(perSeed),
          interval: alike ? intervalOf(independentValues(perSeed, starts), metric) : null,
          perSeed,
        };
      }),
      comparison,
      verdict: comparison && verdict(comparison, metrics[0]!),
    };
  });
  return { metrics, rows };
}

function intervalOf(values: readonly number[], { isShare }: ComparedMetric): MainValue["interval"] {
  if (values.length < 2) return null;
  const { low, high } = meanInterval(values, { level: 1 - LEVEL });
  if (low === high) return null;
  return isShare ? { low: Math.max(0, low), high: Math.min(1, high) } : { low, high };
}
