import { holm, signFlipPValue, smallestPValue } from "@rewardlab/core/statistics";
import { answerOf } from "./answer.ts";
import { itemStandardError } from "./item-error.ts";
import type { Evaluation } from "./read-evaluation.ts";
import type { Grid, GridCell, GridRun, Status } from "./read-grid.ts";
import { warningsOf } from "./warnings.ts";
import { LEVEL } from "./level.ts";

/** What a grid's runs measured, and what may be said of it. Shares and differences of shares are 0 to 1. */
export interface Summary {
  readonly name: string;
  /** The result in words, a line for each paragraph. */
  readonly answer: string;
  readonly paragraphs: readonly string[];
  /** Runs that are unfinished, failed or collapsed, and files that could not be read. */
  readonly warnings: readonly string[];
  readonly runs: number;
  readonly seeds: number;
  readonly cells: readonly CellSummary[];
  /** Each other cell against the baseline, over the seeds that both have. */
  readonly comparisons: readonly Comparison[];
}

export interface CellSummary {
  readonly name: string;
  readonly baseline: boolean;
  readonly runs: readonly RunSummary[];
  /** Over the runs that have the number. */
  readonly mean: Measures;
  /** Runs that have an accuracy after RL. */
  readonly evaluated: number;
  /** Standard error of the mean gain over test items alone; null where before and after can't be paired. */
  readonly gainItemError: number | null;
  readonly items: number | null;
}

export interface RunSummary {
  readonly seed: number;
  readonly status: Status;
  readonly reason: string | null;
  readonly measures: Measures;
}

/** null: not measured. */
export interface Measures {
  readonly accuracyBefore: number | null;
  readonly accuracyAfter: number | null;
  readonly gain: number | null;
  /** Means of the rules in the evaluation after RL. */
  readonly rules: Readonly<Record<string, number>>;
  /** Votes → accuracy. */
  readonly votingBefore: Readonly<Record<string, number>>;
  readonly votingAfter: Readonly<Record<string, number>>;
  /** The largest over the run; ∞ where it was no number. */
  readonly largestRatio: number | null;
  readonly largestLogRatio: number | null;
  /** Shares of tokens, means over the run. */
  readonly clipFraction: number | null;
  readonly preClippedFraction: number | null;
  readonly filteredFraction: number | null;
}

/**
 * A variant against the baseline in accuracy after RL. Two sources of chance are kept apart: seeds (p) and test items (itemError).
 * `distinguishable` is the only licence to say that one is better.
 */
export interface Comparison {
  readonly cell: string;
  readonly baseline: string;
  readonly perSeed: readonly { readonly seed: number; readonly difference: number }[];
  readonly mean: number | null;
  /** Exact sign-flip test over the seeds, Holm-corrected for the number of variants; null without a pair. */
  readonly pValue: number | null;
  /** The smallest p so few seeds can give. */
  readonly smallestPValue: number | null;
  readonly itemError: number | null;
  readonly items: number | null;
  readonly distinguishable: boolean;
}

export function summarise(grid: Grid): Summary {
  const cells = grid.cells.map(summariseCell);
  const baseline = grid.cells.find((cell) => cell.baseline) ?? grid.cells[0];
  const comparisons =
    baseline === undefined
      ? []
      : compare(
          baseline,
          grid.cells.filter((cell) => cell !== baseline),
        );
  const parts = { cells, comparisons, runs: cells.reduce((sum, { runs }) => sum + runs.length, 0), seeds: grid.seeds.length };
  const paragraphs = answerOf(parts);
  return {
    name: grid.name,
    answer: paragraphs.join("\n"),
    paragraphs,
    warnings: warningsOf(grid, sameData(grid.cells)),
    ...parts,
  };
}

function summariseCell({ name, baseline, runs }: GridCell): CellSummary {
  const summaries = runs.map((run) => ({ seed: run.seed, status: run.status, reason: run.reason, measures: measure(run) }));
  const evaluated = runs.filter(({ after }) => after !== null);
  const pairs = evaluated.flatMap(({ before, after }) => (before && after ? [[before, after] as const] : []));
  return {
    name,
    baseline,
    runs: summaries,
    mean: meanMeasures(summaries.map(({ measures }) => measures)),
    evaluated: evaluated.length,
    gainItemError: itemStandardError(pairs),
    items: evaluated[0]?.after?.items ?? null,
  };
}

// ---------------------------------------------------------------- one run

function measure({ before, after, iterations }: GridRun): Measures {
  const values = (name: string) => iterations.flatMap((line) => line.values[name] ?? []);
  const largest = (name: string) =>
    values(name).reduce<number | null>((most, value) => Math.max(most ?? 0, Number.isNaN(value) ? Infinity : value), null);
  const average = (name: string) => mean(values(name).filter(Number.isFinite));
  return {
    accuracyBefore: before?.accuracy ?? null,
    accuracyAfter: after?.accuracy ?? null,
    gain: before && after ? after.accuracy - before.accuracy : null,
    rules: after?.rules ?? {},
    votingBefore: before?.voting ?? {},
    votingAfter: after?.voting ?? {},
    largestRatio: largest("largestRatio"),
    largestLogRatio: largest("largestLogRatio"),
    clipFraction: average("clipFraction"),
    preClippedFraction: average("preClippedFraction"),
    filteredFraction: average("filteredFraction"),
  };
}

function meanMeasures(all: readonly Measures[]): Measures {
  const average = (pick: (one: Measures) => number | null) => mean(all.flatMap((one) => pick(one) ?? []));
  const most = (pick: (one: Measures) => number | null) =>
    all.flatMap((one) => pick(one) ?? []).reduce<number | null>((a, b) => Math.max(a ?? b, b), null);
  const byName = (pick: (one: Measures) => Readonly<Record<string, number>>) => {
    const names = [...new Set(all.flatMap((one) => Object.keys(pick(one))))];
    return Object.fromEntries(names.map((name) => [name, mean(all.flatMap((one) => pick(one)[name] ?? [])) ?? 0]));
  };
  return {
    accuracyBefore: average((one) => one.accuracyBefore),
    accuracyAfter: average((one) => one.accuracyAfter),
    gain: average((one) => one.gain),
    rules: byName((one) => one.rules),
    votingBefore: byName((one) => one.votingBefore),
    votingAfter: byName((one) => one.votingAfter),
    largestRatio: most((one) => one.largestRatio),
    largestLogRatio: most((one) => one.largestLogRatio),
    clipFraction: average((one) => one.clipFraction),
    preClippedFraction: average((one) => one.preClippedFraction),
    filteredFraction: average((one) => one.filteredFraction),
  };
}

// ---------------------------------------------------------------- variants against the baseline

function compare(baseline: GridCell, variants: readonly GridCell[]): Comparison[] {
  const paired = variants.map((variant) => ({
    variant,
    pairs: variant.runs.flatMap(({ seed, after }) => {
      const other: Evaluation | null | undefined = baseline.runs.find((run) => run.seed === seed)?.after;
      return after && other ? [{ seed, evaluations: [other, after] as const, difference: after.accuracy - other.accuracy }] : [];
    }),
  }));
  const tested = paired.filter(({ pairs }) => pairs.length > 0);
  const corrected = holm(tested.map(({ pairs }) => signFlipPValue(pairs.map(({ difference }) => difference))));
  return paired.map((one) => {
    const { variant, pairs } = one;
    const pValue = corrected[tested.indexOf(one)] ?? null;
    return {
      cell: variant.name,
      baseline: baseline.name,
      perSeed: pairs.map(({ seed, difference }) => ({ seed, difference })),
      mean: mean(pairs.map(({ difference }) => difference)),
      pValue,
      smallestPValue: pairs.length === 0 ? null : smallestPValue(pairs.length),
      itemError: sameData([baseline, variant]) ? itemStandardError(pairs.map(({ evaluations }) => evaluations)) : null,
      items: pairs[0]?.evaluations[0].items ?? null,
      distinguishable: pValue !== null && pValue <= LEVEL,
    };
  });
}

/** Whether all runs of some cells that say so read the same data. */
export function sameData(cells: readonly GridCell[]): boolean {
  return new Set(cells.flatMap(({ runs }) => runs.flatMap(({ provenance }) => provenance?.data ?? []))).size <= 1;
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
}
