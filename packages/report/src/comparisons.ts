import {
  compareWithBaseline,
  crossedInterval,
  detectableDifference,
  itemDifferences,
  mean,
  pairedItemInterval,
  seedsNeeded,
  standardDeviation,
} from "@rewardlab/core/statistics";
import { LEVEL, POWER, PROVEN_SEEDS } from "./level.ts";
import type { ComparedMetric } from "./metric.ts";
import { outcomesOf } from "./outcomes.ts";
import type { Outcome } from "./outcomes.ts";
import { baselineOf } from "./read-grid.ts";
import type { Grid, GridCell } from "./read-grid.ts";

/**
 * A cell against the one it is compared with, in one metric and its unit, the same seeds paired. Two sources of chance are kept apart: seeds and test
 * items. `distinguishable` is the only licence to say that one is better.
 */
export interface Comparison {
  readonly metric: string;
  readonly cell: string;
  readonly against: string;
  readonly perSeed: readonly { readonly seed: number; readonly difference: number }[];
  /** null without a pair. */
  readonly mean: number | null;
  /** 95 %, for one comparison; for what it holds says `over`. null where there are too few pairs for any. */
  readonly interval: DifferenceInterval | null;
  /** 95 % by the t interval over new seeds on the very same items; null with fewer than two pairs. */
  readonly seedsInterval: { readonly low: number; readonly high: number } | null;
  /** Standard errors of the mean difference: over new seeds on the same items, over new items with the same models. null: not known. */
  readonly standardError: { readonly seeds: number | null; readonly items: number | null };
  /** Of the test that decides (t over seeds and items, or over seeds alone), before and after Holm's correction over the metric's comparisons. */
  readonly pValue: number | null;
  readonly adjusted: number | null;
  /** The exact sign-flip test over seeds, which assumes nothing but symmetry. */
  readonly signFlip: { readonly pValue: number; readonly adjusted: number; readonly smallest: number } | null;
  readonly distinguishable: boolean;
  /** Standard deviation of the paired differences between seeds. */
  readonly deviation: number | null;
  /** The smallest true difference that so many seeds find with a probability of 0.8, at this spread and with so many comparisons. */
  readonly detectable: number | null;
  /** How many seeds it would take to find a difference as large as the measured one; at least PROVEN_SEEDS; null where that can't be said, or no number would do. */
  readonly seedsNeeded: number | null;
  /** The items' own chance hides a difference of this size, however many seeds there are. */
  readonly itemsTooFew: boolean;
  readonly items: number | null;
  /** Pairs in which a collapsed run counts as the worst. */
  readonly countedAsWorst: number;
}

export interface DifferenceInterval {
  readonly low: number;
  readonly high: number;
  readonly over: "seeds and items" | "seeds" | "items";
  readonly method: string;
  /** In words, where by simulation such an interval does not cover what it says at this size. */
  readonly coverageWarning: string | null;
}

interface Pairs {
  readonly cell: GridCell;
  readonly against: GridCell;
  readonly pairs: readonly { readonly first: Outcome; readonly second: Outcome }[];
  readonly differences: readonly number[];
  readonly byItem: Float64Array[] | undefined;
}

/**
 * Every cell against the one it names, or against the baseline; Holm's correction is over all of them. Below PROVEN_SEEDS the test is over seeds alone,
 * the interval is the wider of the two there are, and nothing is distinguishable.
 */
export function comparisonsOf(grid: Pick<Grid, "cells">, metric: ComparedMetric): Comparison[] {
  const paired = grid.cells.flatMap((cell): Pairs[] => {
    const against = referenceOf(grid, cell);
    return against === undefined ? [] : [pairsOf(grid, metric, cell, against)];
  });
  const tested = paired.filter(({ pairs }) => pairs.length > 0);
  const results = compareWithBaseline(
    tested.map(({ differences, byItem }) => ({
      differences,
      ...(byItem && differences.length >= PROVEN_SEEDS ? { byItem } : {}),
    })),
    { level: 1 - LEVEL },
  );
  return paired.map((one) => {
    const { cell, against, pairs, differences } = one;
    const result = results[tested.indexOf(one)];
    const both =
      result?.seedsAndItems ?? (one.byItem && differences.length > 1 ? crossedInterval(one.byItem, { level: 1 - LEVEL }) : null);
    const over = result?.seeds ?? null;
    const deviation = differences.length < 2 ? null : standardDeviation(differences);
    const spread = deviation !== null && deviation > 0 ? deviation : null;
    const size = differences.length === 0 ? null : mean(differences);
    const comparisons = Math.max(1, tested.length);
    const power = { level: LEVEL, power: POWER, comparisons };
    const itemsTooFew = both !== null && Math.abs(both.estimate) < DETECTED * Math.sqrt(both.variance.items / both.items);
    return {
      metric: metric.path,
      cell: cell.name,
      against: against.name,
      perSeed: pairs.map(({ first, second }) => ({ seed: first.seed, difference: second.value - first.value })),
      mean: size,
      interval: intervalOf(one, metric, both, over),
      seedsInterval: over && { low: over.low, high: over.high },
      standardError: { seeds: deviation === null ? null : deviation / Math.sqrt(differences.length), items: itemError(one) },
      pValue: result?.pValue ?? null,
      adjusted: result?.adjusted ?? null,
      signFlip: result?.signFlip ?? null,
      distinguishable: differences.length >= PROVEN_SEEDS && result!.distinguishable,
      deviation,
      detectable: spread === null ? null : spread * detectableInSpreads(differences.length, comparisons),
      seedsNeeded: spread === null || size === 0 || itemsTooFew ? null : atLeast(PROVEN_SEEDS, seedsNeeded(size!, spread, power)),
      itemsTooFew: itemsTooFew && size !== 0,
      items: one.byItem?.[0]?.length ?? null,
      countedAsWorst: pairs.filter(({ first, second }) => first.how === "worst" || second.how === "worst").length,
    };
  });
}

const atLeast = (least: number, count: number | null) => (count === null ? null : Math.max(least, count));

/** In standard deviations of the paired differences. Kept, since it takes a while and variants share it. */
function detectableInSpreads(seeds: number, comparisons: number): number {
  const key = `${seeds}/${comparisons}`;
  const known = detectable.get(key) ?? detectableDifference(1, seeds, { level: LEVEL, power: POWER, comparisons });
  detectable.set(key, known);
  return known;
}
const detectable = new Map<string, number>();

/** z_{0.975} + z_{0.8}: a difference of so many standard errors is found four times out of five. */
const DETECTED = 2.8;

/** The cell it is compared with; undefined for the baseline itself. */
export function referenceOf(grid: Pick<Grid, "cells">, cell: GridCell): GridCell | undefined {
  const reference = grid.cells.find(({ name }) => name === cell.against) ?? baselineOf(grid);
  return reference === cell || (cell.baseline && cell.against === null) ? undefined : reference;
}

function pairsOf(grid: Pick<Grid, "cells">, metric: ComparedMetric, cell: GridCell, against: GridCell): Pairs {
  const others = new Map(outcomesOf(against, metric, grid).map((outcome) => [outcome.seed, outcome]));
  const pairs = outcomesOf(cell, metric, grid).flatMap((second) => {
    const first = others.get(second.seed);
    return first ? [{ first, second }] : [];
  });
  const items = new Set(pairs.flatMap(({ first, second }) => [first.byItem?.length ?? 0, second.byItem?.length ?? 0]));
  const matched = items.size === 1 && [...items][0]! >= 2 && sameData([cell, against]);
  return {
    cell,
    against,
    pairs,
    differences: pairs.map(({ first, second }) => second.value - first.value),
    byItem: matched
      ? itemDifferences(
          pairs.map(({ first }) => first.byItem!),
          pairs.map(({ second }) => second.byItem!),
        )
      : undefined,
  };
}

type Part = { readonly low: number; readonly high: number; readonly method: string; readonly coverageWarning: string | null };

function intervalOf(
  { pairs, byItem }: Pairs,
  { isShare }: ComparedMetric,
  both: Part | null,
  seeds: Part | null,
): DifferenceInterval | null {
  const within = ({ low, high }: { low: number; high: number }) =>
    isShare ? { low: Math.max(-1, low), high: Math.min(1, high) } : { low, high }; // a difference of shares can't be larger
  if (both && seeds && pairs.length < PROVEN_SEEDS)
    return {
      ...within({ low: Math.min(both.low, seeds.low), high: Math.max(both.high, seeds.high) }),
      over: "seeds and items",
      method: "wider of crossed and t",
      coverageWarning: `with ${pairs.length} seeds no interval was shown by simulation to cover 95 %; given is the wider of the one over seeds and the one over seeds and questions`,
    };
  const part = both ?? seeds;
  if (part) {
    const { method, coverageWarning } = part;
    return { ...within(part), over: both ? "seeds and items" : "seeds", method, coverageWarning };
  }
  const [only] = pairs;
  if (only === undefined || byItem === undefined) return null;
  const { low, high, method } = pairedItemInterval(only.first.byItem!, only.second.byItem!, { level: 1 - LEVEL });
  return { low, high, over: "items", method, coverageWarning: null };
}

/** Over items alone: the differences of each item, averaged over the seeds, which share the items. */
function itemError({ byItem }: Pairs): number | null {
  if (byItem === undefined) return null;
  const items = Array.from(byItem[0]!, (_, item) => mean(byItem.map((row) => row[item]!)));
  return standardDeviation(items) / Math.sqrt(items.length);
}

/** Whether all runs of some cells that say so read the same data. */
export function sameData(cells: readonly GridCell[]): boolean {
  return new Set(cells.flatMap(({ runs }) => runs.flatMap(({ provenance }) => provenance?.data ?? []))).size <= 1;
}
