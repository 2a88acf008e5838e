import { bootstrapInterval, interquartileMean, probabilityOfImprovement } from "@rewardlab/statistics";
import { isWithheld } from "./comparisons.ts";
import type { CellComparison } from "./comparisons.ts";
import { LEVEL } from "./level.ts";
import type { ComparedMetric } from "./metric.ts";
import { measuredAlike } from "./obstacles.ts";
import { outcomesOf } from "./outcomes.ts";
import type { Grid } from "./read-grid.ts";
import { independentValues, startsOf } from "./start.ts";

/** What doesn't hang on the mean: Agarwal et al. 2021 (arXiv 2108.13264v4). In the primary metric, over runs; none of it decides anything. */
export interface Robust {
  /**
   * For each cell the mean of its middle half of runs, with a bootstrap interval over runs; null below six of them, without spread, and where several share
   * one of several cold starts.
   */
  readonly iqm: readonly {
    readonly cell: string;
    readonly estimate: number;
    readonly interval: Bounds | null;
    readonly runs: number;
  }[];
  /** For each comparison, how often a run of the cell is above one of the other, ties one half. No interval where nothing may be said of the comparison. */
  readonly probabilityOfImprovement: readonly {
    readonly cell: string;
    readonly against: string;
    readonly estimate: number;
    readonly interval: Bounds | null;
  }[];
  /** For each cell the share of its runs that are at or above each threshold, of those whose order may be read. */
  readonly profiles: {
    /** Cells of which nothing may be said, and whose lines are left out therefore. */
    readonly withheld: readonly string[];
    readonly thresholds: readonly number[];
    readonly cells: readonly { readonly cell: string; readonly shares: readonly number[] }[];
  };
}

interface Bounds {
  readonly low: number;
  readonly high: number;
}

/**
 * Below so many runs the intervals cover less than 93 %: of five runs the one of an interquartile mean covers 91 %, from six on 95 % and more. An
 * "expanded-percentile" interval of a probability of improvement covers 96 to 98 % from five runs on; rliable's plain percentiles cover 91 % there.
 */
const FEWEST = { iqm: 6, improvement: 5 };
const METHOD = "expanded-percentile";
const RESAMPLES = 2000;
const STEPS = 40;

/**
 * The answer by measures that one odd run can't turn: interquartile means, performance profiles, probabilities of improvement (rliable, arXiv
 * 2108.13264v4).
 */
export function robustOf(grid: Grid, metric: ComparedMetric, comparisons: readonly CellComparison[]): Robust {
  const outcomes = grid.cells.map((cell) => ({ name: cell.name, all: outcomesOf(cell, metric, grid) }));
  const values = new Map(outcomes.map(({ name, all }) => [name, all.map(({ value }) => value)]));
  const independent = new Map(
    outcomes.map(({ name, all }) => {
      const starts = startsOf(
        all.map(({ run }) => run),
        grid.seedLevels,
      );
      return [name, independentValues(values.get(name)!, starts).length === all.length];
    }),
  );
  const measured = [...values].filter(([, own]) => own.length > 0);
  const withheld = comparisons.filter(({ noVerdict }) => isWithheld(noVerdict)).map(({ cell }) => cell);
  const runsOf = new Map(outcomes.map(({ name, all }) => [name, all.map(({ run }) => run)]));
  const alike = (...cells: string[]) => {
    const runs = cells.flatMap((cell) => runsOf.get(cell) ?? []);
    return measuredAlike(grid, runs, metric.path, { isTheQuestion: cells.length > 1 }) === null; // of two, the verdict says whether it is
  };
  return {
    iqm: measured.map(([cell, own]) => ({
      cell,
      estimate: interquartileMean(own),
      interval: boundsOf(independent.get(cell)! && alike(cell) && own.length >= FEWEST.iqm, () =>
        bootstrapInterval([own], ([sample]) => interquartileMean(sample!), {
          level: 1 - LEVEL,
          method: METHOD,
          resamples: RESAMPLES,
        }),
      ),
      runs: own.length,
    })),
    probabilityOfImprovement: comparisons.flatMap(({ cell, against }) => {
      const [first, second] = [values.get(against) ?? [], values.get(cell) ?? []];
      if (first.length === 0 || second.length === 0) return [];
      const made = probabilityOfImprovement([first], [second], { level: 1 - LEVEL, method: METHOD, resamples: RESAMPLES });
      const may = !withheld.includes(cell) && alike(cell, against) && independent.get(cell)! && independent.get(against)!;
      const enough = Math.min(first.length, second.length) >= FEWEST.improvement;
      return [{ cell, against, estimate: made.estimate, interval: boundsOf(may && enough, () => made) }];
    }),
    profiles: { withheld, ...profilesOf(measured.filter(([cell]) => !withheld.includes(cell))) },
  };
}

/** None where nothing may be said, nor one without width, which is no certainty. */
function boundsOf(may: boolean, make: () => Bounds): Bounds | null {
  if (!may) return null;
  const { low, high } = make();
  return low < high ? { low, high } : null;
}

function profilesOf(
  measured: readonly (readonly [cell: string, own: readonly number[]])[],
): Omit<Robust["profiles"], "withheld"> {
  const all = measured.flatMap(([, own]) => own);
  if (all.length === 0) return { thresholds: [], cells: [] };
  const [low, high] = [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))];
  const steps = high > low ? STEPS : 0;
  const thresholds = Array.from({ length: steps + 1 }, (_, step) => low + ((high - low) * step) / Math.max(1, steps));
  return {
    thresholds: thresholds.map((threshold) => Number(threshold.toPrecision(6))),
    cells: measured.map(([cell, own]) => ({
      cell,
      shares: thresholds.map((threshold) => own.filter((value) => value >= threshold - 1e-9).length / own.length),
    })),
  };
}
