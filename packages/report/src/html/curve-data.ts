import type { GridCell } from "../read-grid.ts";
import type { GridRun } from "../grid-run.ts";
import type { Metric } from "../metrics-to-show.ts";

/** A metric over a grid: a line for each run and, where a cell has several, their mean; all at the same iterations. */
export interface CurveData {
  readonly x: readonly number[];
  readonly lines: readonly Line[];
  /** From the lowest to the highest seed, for each cell with several. */
  readonly bands: readonly Band[];
  /** Where it was NaN or infinite, in words. */
  readonly nonFinite: readonly string[];
}

export interface Line {
  readonly cell: number;
  /** null: the mean over seeds. */
  readonly seed: number | null;
  readonly y: readonly (number | null)[];
}

export interface Band {
  readonly cell: number;
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
}

/** A longer run is thinned out to at most so many points, of a large grid to fewer. */
const MOST_POINTS = 240;
const FEWEST_POINTS = 30;
const POINTS_OF_ALL = 2400;

/** The iterations that every curve of a grid has its points at: the last of each `step`. */
export function pointsOf(cells: readonly GridCell[]): { readonly x: readonly number[]; readonly step: number } {
  const last = Math.max(0, ...cells.flatMap(({ runs }) => runs.map(({ iterations }) => iterations.at(-1)?.iteration ?? 0)));
  const most = Math.min(MOST_POINTS, Math.max(FEWEST_POINTS, Math.floor(POINTS_OF_ALL / Math.max(1, cells.length))));
  const step = Math.max(1, Math.ceil(last / most));
  return { x: Array.from({ length: Math.ceil(last / step) }, (_, index) => Math.min(last, (index + 1) * step)), step };
}

/** A training metric as curves: a line for each run, thinned out, and their mean as far as every run reaches. */
export function curveData(cells: readonly GridCell[], metric: Pick<Metric, "name" | "thinBy">): CurveData {
  const { x, step } = pointsOf(cells);
  const buckets = x.length;
  const lines = cells.flatMap(({ runs }, cell) => {
    const ofRuns = runs
      .map((run) => ({ cell, seed: run.seed, y: thinned(run, metric, step, buckets) }))
      .filter(({ y }) => y.some((value) => value !== null));
    // The mean ends where the first run ends: a mean over those that are left would jump.
    const mean = x.map((_, index) => average(ofRuns.map(({ y }) => y[index]!)));
    return ofRuns.length > 1 ? [...ofRuns, { cell, seed: null, y: mean }] : ofRuns;
  });
  const bands = cells.flatMap((_, cell): Band[] => {
    const ofRuns = lines.filter((line) => line.cell === cell && line.seed !== null);
    if (ofRuns.length < 2) return [];
    const at = (pick: (...values: number[]) => number) =>
      x.map((_x, index) => {
        const there = ofRuns.flatMap(({ y }) => y[index] ?? []);
        return there.length < ofRuns.length ? null : pick(...there); // ends where the mean ends
      });
    return [{ cell, low: at(Math.min), high: at(Math.max) }];
  });
  return {
    x,
    lines,
    bands,
    nonFinite: cells.flatMap(({ name, runs }) => runs.flatMap((run) => nonFiniteIn(name, run, metric.name))),
  };
}

function thinned(
  { iterations }: GridRun,
  { name, thinBy }: Pick<Metric, "name" | "thinBy">,
  step: number,
  buckets: number,
): (number | null)[] {
  const seen: number[][] = Array.from({ length: buckets }, () => []);
  for (const { iteration, values } of iterations) {
    const value = values[name];
    if (value !== undefined && Number.isFinite(value) && iteration > 0) seen[Math.ceil(iteration / step) - 1]?.push(value);
  }
  return seen.map((values) => (thinBy === "max" && values.length > 0 ? Math.max(...values) : average(values)));
}

/** null where any is missing, or there is none. */
function average(values: readonly (number | null)[]): number | null {
  const there = values.filter((value) => value !== null);
  return there.length === 0 || there.length < values.length ? null : there.reduce((a, b) => a + b, 0) / there.length;
}

function nonFiniteIn(cell: string, { label, iterations }: GridRun, name: string): string[] {
  const broken = iterations.filter(({ values }) => name in values && !Number.isFinite(values[name]));
  return broken.length === 0
    ? []
    : [
        `${cell}, ${label}: no finite number in ${broken.length} of ${iterations.length} iterations, first in ${broken[0]!.iteration}`,
      ];
}
