import { trains } from "./stage-role.ts";
import type { DeclaredMetric, MetricSummary } from "@rewardlab/core";
import { wilsonInterval } from "@rewardlab/statistics";
import type { Declarations } from "./read-declarations.ts";
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
  /** The metrics whose declarations say that they tell of it, by name. */
  readonly metrics: Readonly<Record<string, WatchedMetric>>;
  /** Iterations with a number that is none, over all runs. */
  readonly nonFiniteIterations: number;
  /** Seeds of begun runs whose metrics can't be read whole. */
  readonly unread: readonly number[];
}

/** A metric that tells how stable training was, over a cell's runs. */
export interface WatchedMetric {
  readonly declared: DeclaredMetric;
  /** Of each run its mean, its last, the largest or the sum of its iterations; over the runs the mean, the largest or the sum. null: not measured. */
  readonly value: number | null;
  /** The largest of any iteration; ∞ where it was no finite number. */
  readonly largest: number | null;
  /** The largest of the metric that tells how near it came (`near`). */
  readonly near: number | null;
  /** Seeds of begun runs in which it can't be read whole. */
  readonly unread: readonly number[];
}

/** How a cell's runs went: how many collapsed, with an interval, and what was watched on the way. */
export function stabilityOf({ runs }: Pick<GridCell, "runs">): Stability {
  const ended = runs.filter(({ status }) => status === "done" || status === "collapsed");
  const collapsed = ended.filter(({ status }) => status === "collapsed");
  const rate = ended.length === 0 ? null : wilsonInterval(collapsed.length, ended.length);
  const watched = Object.entries(declarationsIn(runs)).filter(([, one]) => summaryOf(one) !== null);
  return {
    ended: ended.length,
    collapsed: collapsed.length,
    collapseRate: rate && { low: rate.low, high: rate.high },
    collapsedAt: collapsed.map(({ seed, iterations }) => ({ seed, iteration: iterations.at(-1)?.iteration ?? null })),
    metrics: Object.fromEntries(watched.map(([name, declared]) => [name, watchedMetric(runs, name, declared)])),
    nonFiniteIterations: runs.reduce((sum, run) => sum + run.iterations.filter(isBroken).length, 0),
    unread: runs.filter((run) => !hasWholeMetrics(run)).map(({ seed }) => seed),
  };
}

function watchedMetric(runs: readonly GridRun[], name: string, declared: DeclaredMetric): WatchedMetric {
  const summary = summaryOf(declared)!;
  const { near } = declared;
  return {
    declared,
    value: overRuns(
      summary,
      runs.map((run) => ofRun(run, name, summary)),
    ),
    largest: overRuns(
      "largest",
      runs.map((run) => largest(run, name)),
    ),
    near:
      near === undefined
        ? null
        : overRuns(
            "largest",
            runs.map((run) => largest(run, near)),
          ),
    unread: unreadOf(runs, name),
  };
}

/** What the declarations of a cell's runs say; where runs say different things, the first. */
export function declarationsIn(runs: readonly Pick<GridRun, "declared">[]): Declarations {
  return Object.assign({}, ...runs.map(({ declared }) => declared).toReversed()) as Declarations;
}

/** How a metric is summed up for the table of stability; null: it doesn't stand there. */
export function summaryOf({
  stability,
  guard,
  unit,
}: Pick<DeclaredMetric, "stability" | "guard" | "unit">): MetricSummary | null {
  if (stability !== undefined) return stability;
  return guard ? (unit === "count" ? "sum" : "mean") : null;
}

/** A run's metric as one number; null: not measured. */
export function ofRun(run: Pick<GridRun, "iterations">, name: string, summary: MetricSummary): number | null {
  if (summary === "largest") return largest(run, name);
  const finite = values(run, name).filter(Number.isFinite);
  if (summary === "last") return finite.at(-1) ?? null;
  return summary === "mean" || finite.length === 0 ? average(finite) : finite.reduce((a, b) => a + b, 0);
}

/** The same over several runs. */
export function overRuns(summary: MetricSummary, ofRuns: readonly (number | null)[]): number | null {
  const there = ofRuns.filter((value) => value !== null);
  if (summary === "largest") return greatest(there);
  return summary === "sum" && there.length > 0 ? there.reduce((a, b) => a + b, 0) : average(there);
}

/** Runs of a variant that has the metric (in any iteration of any run) which don't have it in all of theirs. */
function unreadOf(runs: readonly GridRun[], name: string): number[] {
  const has = runs.some(({ iterations }) => iterations.some(({ values: all }) => name in all));
  const begun = runs.filter(({ stages }) => stages.some(trains));
  return has ? begun.filter((run) => !isWhole(run, name)).map(({ seed }) => seed) : [];
}

/** The largest of a run's metric; ∞ where it was no number. null: not measured. */
export function largest(run: Pick<GridRun, "iterations">, name: string): number | null {
  return greatest(values(run, name).map((value) => (Number.isNaN(value) ? Infinity : value)));
}

function values({ iterations }: Pick<GridRun, "iterations">, name: string): number[] {
  return iterations.flatMap((line) => line.values[name] ?? []);
}

const isBroken = ({ values: all }: GridRun["iterations"][number]) => Object.values(all).some((value) => !Number.isFinite(value));

function greatest(all: readonly number[]): number | null {
  return all.length === 0 ? null : all.reduce((a, b) => Math.max(a, b));
}

/** The mean; null of none. */
export function average(all: readonly number[]): number | null {
  return all.length === 0 ? null : all.reduce((a, b) => a + b, 0) / all.length;
}
