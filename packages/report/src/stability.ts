import { wilsonInterval } from "@rewardlab/statistics";
import type { GridCell } from "./read-grid.ts";
import type { GridRun } from "./grid-run.ts";
import { hasWholeMetrics, isWhole } from "./whole-metrics.ts";

/** How a cell's training went, over all its runs. */
export interface Stability {
  /** Runs that came to an end, done or collapsed; failed and unfinished ones tell nothing of the method. */
  readonly ended: number;
  readonly collapsed: number;
  /** Share of runs that collapse, 95 %, Wilson's interval; null where none has ended. */
  readonly collapseRate: { readonly low: number; readonly high: number } | null;
  /** The last iteration of each run that collapsed. */
  readonly collapsedAt: readonly { readonly seed: number; readonly iteration: number | null }[];
  /** The largest of any iteration; ∞ where it was no finite number. */
  readonly largestRatio: number | null;
  readonly largestLogRatio: number | null;
  readonly largestGradientNorm: number | null;
  readonly largestKl: number | null;
  /** Mean of the runs' last iterations. */
  readonly lastKl: number | null;
  /** Shares of tokens, means over the runs. */
  readonly clipFraction: number | null;
  readonly preClippedFraction: number | null;
  readonly filteredFraction: number | null;
  /** Updates left out because a number was not finite, over all runs. */
  readonly skippedUpdates: number | null;
  /** Iterations with a number that is none, over all runs. */
  readonly nonFiniteIterations: number;
  /** Seeds of begun runs whose metrics can't be read whole; of a guard's only where the variant has that guard. */
  readonly unread: {
    readonly metrics: readonly number[];
    readonly preClip: readonly number[];
    readonly filter: readonly number[];
  };
}

export function stabilityOf({ runs }: Pick<GridCell, "runs">): Stability {
  const ended = runs.filter(({ status }) => status === "done" || status === "collapsed");
  const collapsed = ended.filter(({ status }) => status === "collapsed");
  const rate = ended.length === 0 ? null : wilsonInterval(collapsed.length, ended.length);
  const largestOf = (name: string) => greatest(runs.flatMap((run) => largest(run, name) ?? []));
  const meanOf = (name: string) => average(runs.flatMap((run) => meanOver(run, name) ?? []));
  const skipped = runs.flatMap((run) => values(run, "skippedUpdates"));
  return {
    ended: ended.length,
    collapsed: collapsed.length,
    collapseRate: rate && { low: rate.low, high: rate.high },
    collapsedAt: collapsed.map(({ seed, iterations }) => ({ seed, iteration: iterations.at(-1)?.iteration ?? null })),
    largestRatio: largestOf("largestRatio"),
    largestLogRatio: largestOf("largestLogRatio"),
    largestGradientNorm: largestOf("gradientNorm"),
    largestKl: largestOf("kl"),
    lastKl: average(runs.flatMap((run) => values(run, "kl").findLast(Number.isFinite) ?? [])),
    clipFraction: meanOf("clipFraction"),
    preClippedFraction: meanOf("preClippedFraction"),
    filteredFraction: meanOf("filteredFraction"),
    skippedUpdates: skipped.length === 0 ? null : skipped.filter(Number.isFinite).reduce((a, b) => a + b, 0),
    nonFiniteIterations: runs.reduce((sum, run) => sum + run.iterations.filter(isBroken).length, 0),
    unread: {
      metrics: runs.filter((run) => !hasWholeMetrics(run)).map(({ seed }) => seed),
      preClip: unreadOf(runs, "preClippedFraction"),
      filter: unreadOf(runs, "filteredFraction"),
    },
  };
}

/** Runs of a variant that has the metric (in any iteration of any run) which don't have it in all of theirs. */
function unreadOf(runs: readonly GridRun[], name: string): number[] {
  const has = runs.some(({ iterations }) => iterations.some(({ values: all }) => name in all));
  const begun = runs.filter(({ stages }) => stages.some(({ use }) => use === "rl"));
  return has ? begun.filter((run) => !isWhole(run, name)).map(({ seed }) => seed) : [];
}

/** The largest of a run's metric; ∞ where it was no number. null: not measured. */
export function largest(run: Pick<GridRun, "iterations">, name: string): number | null {
  return greatest(values(run, name).map((value) => (Number.isNaN(value) ? Infinity : value)));
}

/** The mean of what is finite. */
export function meanOver(run: Pick<GridRun, "iterations">, name: string): number | null {
  return average(values(run, name).filter(Number.isFinite));
}

function values({ iterations }: Pick<GridRun, "iterations">, name: string): number[] {
  return iterations.flatMap((line) => line.values[name] ?? []);
}

const isBroken = ({ values: all }: GridRun["iterations"][number]) => Object.values(all).some((value) => !Number.isFinite(value));

function greatest(all: readonly number[]): number | null {
  return all.length === 0 ? null : all.reduce((a, b) => Math.max(a, b));
}

export function average(all: readonly number[]): number | null {
  return all.length === 0 ? null : all.reduce((a, b) => a + b, 0) / all.length;
}
