import { compareWithBaseline, itemDifferences, mean, pairedItemInterval, standardDeviation } from "@rewardlab/statistics";
import type { Comparison } from "@rewardlab/statistics";
import { LEVEL, PROVEN_SEEDS } from "./level.ts";
import { lookOf, seedsObstacle } from "./looks.ts";
import { measuredDifferently } from "./measurement.ts";
import type { ComparedMetric } from "./metric.ts";
import { dataOf, obstacleOf } from "./obstacles.ts";
import type { Obstacle } from "./obstacles.ts";
import { outcomesOf } from "./outcomes.ts";
import type { RunOutcome } from "./outcomes.ts";
import { pairItems } from "./pairing.ts";
import { NO_POWER, comparisonPower } from "./power.ts";
import type { Power } from "./power.ts";
import { baselineOf } from "./read-grid.ts";
import type { Grid, GridCell } from "./read-grid.ts";
import { startOf } from "./start.ts";

/**
 * A cell against the one it is compared with, in one metric and its unit, the same seeds paired. Two sources of chance are kept apart: seeds and test
 * items. `distinguishable` is the only licence to say that one is better.
 */
export interface CellComparison extends Power {
  readonly metric: string;
  readonly cell: string;
  readonly against: string;
  readonly perSeed: readonly { readonly seed: number; readonly difference: number }[];
  /** null without a pair. */
  readonly mean: number | null;
  /** 95 %, for one comparison; for what it holds says `over`. null where there are too few pairs for any, and where nothing varied at all (`spreadless`). */
  readonly interval: DifferenceInterval | null;
  /** 95 % by the t interval over new seeds on the very same items; null with fewer than two pairs, or where they are all one number. */
  readonly seedsInterval: { readonly low: number; readonly high: number } | null;
  /** Standard errors of the mean difference: over new seeds on the same items, over new items with the same models. null: not known. */
  readonly standardError: { readonly seeds: number | null; readonly items: number | null };
  /** Of the test that decides, over seeds and items, before and after Holm's correction over the metric's comparisons. null where there is no verdict. */
  readonly pValue: number | null;
  readonly adjusted: number | null;
  /** The exact sign-flip test over seeds, which assumes nothing but symmetry. null where there is no verdict. */
  readonly signFlip: { readonly pValue: number; readonly adjusted: number; readonly smallest: number } | null;
  readonly distinguishable: boolean;
  /** Why nothing may be said, whatever the numbers are; null where something may. */
  readonly noVerdict: Obstacle | null;
  /** All differences, seed by seed and item by item, are one number. That is no certainty: it says nothing of other seeds or items. */
  readonly spreadless: boolean;
  /** From how many cold starts the pairs' runs began; null where that isn't known, or there are none. With one nothing is known of another. */
  readonly coldStarts: number | null;
  /** Whether the two variants began from the same ones; null where that isn't known. */
  readonly sameColdStart: boolean | null;
  /** Settings of the measurement that differ between the two, where that is the question. */
  readonly measuredDifferently: readonly string[];
  /** Standard deviation of the paired differences between seeds. */
  readonly deviation: number | null;
  /** Items that were paired, or groups of items where items come in groups. */
  readonly items: number | null;
  /** Whether these are groups of items. */
  readonly grouped: boolean;
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
  readonly pairs: readonly Pair[];
  readonly differences: readonly number[];
  readonly byItem: Float64Array[] | undefined;
  readonly obstacle: Obstacle | null;
  /** The cold start of each pair; undefined where it isn't known of all. */
  readonly groups: readonly string[] | undefined;
  readonly sameColdStart: boolean | null;
}

interface Pair {
  readonly first: RunOutcome;
  readonly second: RunOutcome;
}

/**
 * Every cell against the one it names, or against the baseline; Holm's correction is over all of which something may be said. With fewer than PROVEN_SEEDS
 * seeds (cold starts, where they vary) nothing is distinguishable; before the planned end less is, by the level of a look.
 */
export function comparisonsOf(grid: Grid, metric: ComparedMetric): CellComparison[] {
  const outcomes = new Map(grid.cells.map((cell) => [cell, outcomesOf(cell, metric, grid)]));
  const paired = grid.cells.flatMap((cell): Pairs[] => {
    const against = referenceOf(grid, cell);
    return against === undefined ? [] : [pairsOf(grid, metric, [against, cell], outcomes)];
  });
  const judged = paired.filter(({ pairs, obstacle }) => pairs.length > 0 && obstacle === null);
  const look = lookOf(grid);
  const results = compareWithBaseline(judged.map(variantOf), { level: 1 - LEVEL, ...(look ? { look } : {}) });
  return paired.map((one) => {
    const place = judged.indexOf(one);
    const [alone] = place === -1 && one.pairs.length > 0 ? compareWithBaseline([variantOf(one)], { level: 1 - LEVEL }) : [];
    return comparisonOf(one, metric, {
      isFinished: look === null,
      judged: results[place] ?? null,
      alone: alone ?? null,
      comparisons: Math.max(1, judged.length),
    });
  });
}

const variantOf = ({ differences, byItem, groups }: Pairs) => ({
  differences,
  ...(byItem ? { byItem } : {}),
  ...(groups ? { groups } : {}),
});

interface Results {
  /** Among all that may be judged; null where this may not. */
  readonly judged: Comparison | null;
  /** What could be seen is said of all planned seeds, not of a look before them. */
  readonly isFinished: boolean;
  /** By itself, for the interval of what may not be judged. */
  readonly alone: Comparison | null;
  readonly comparisons: number;
}

function comparisonOf(one: Pairs, metric: ComparedMetric, { judged, alone, comparisons, isFinished }: Results): CellComparison {
  const { cell, against, pairs, differences } = one;
  const result = judged ?? alone;
  const both = result?.seedsAndItems ?? null;
  const seeds = result?.seeds ?? null;
  const rows = independentRows(result, pairs.length);
  const deviation = differences.length < 2 ? null : standardDeviation(differences);
  const spreadless = (both ?? seeds)?.spreadless ?? false;
  const runs = pairs.flatMap(({ first, second }) => [first.run, second.run]);
  const shown = {
    metric: metric.path,
    cell: cell.name,
    against: against.name,
    perSeed: pairs.map(({ first, second }) => ({ seed: first.seed, difference: second.value - first.value })),
    mean: differences.length === 0 ? null : mean(differences),
    interval: spreadless ? null : intervalOf(one, metric, { both, seeds, rows }),
    seedsInterval: seeds === null || seeds.spreadless ? null : { low: seeds.low, high: seeds.high },
    standardError: {
      seeds: both?.standardError.seeds ?? (deviation === null ? null : deviation / Math.sqrt(differences.length)),
      items: both?.standardError.items ?? itemError(one),
    },
    spreadless,
    coldStarts: one.groups === undefined ? null : new Set(one.groups).size,
    sameColdStart: one.sameColdStart,
    measuredDifferently: one.obstacle === null ? measuredDifferently(runs, metric.path).map(({ name }) => name) : [],
    deviation,
    items: one.byItem?.[0]?.length ?? null,
    grouped: pairs.some(({ second }) => second.byItem?.unit === "group"),
    countedAsWorst: pairs.filter(({ first, second }) => first.how === "worst" || second.how === "worst").length,
  };
  const noVerdict = one.obstacle ?? copiesOf(one, spreadless, shown.mean);
  if (isWithheld(noVerdict)) return { ...shown, ...NOTHING_SAID, interval: null, seedsInterval: null, noVerdict };
  if (judged === null || noVerdict !== null) return { ...shown, ...NOTHING_SAID, noVerdict };
  return {
    ...shown,
    noVerdict: null,
    pValue: judged.pValue,
    adjusted: judged.adjusted,
    signFlip: judged.signFlip,
    distinguishable: rows >= PROVEN_SEEDS && judged.distinguishable,
    ...(isFinished ? comparisonPower(both, { comparisons, rows, pairs: pairs.length }) : NO_POWER),
  };
}

/** Nothing is given of the comparison that could be taken for a claim. */
export const isWithheld = (noVerdict: Obstacle | null): boolean => noVerdict !== null && noVerdict.keepsInterval !== true;

const NOTHING_SAID = { pValue: null, adjusted: null, signFlip: null, distinguishable: false, ...NO_POWER };

/** What counts as independent of one another: cold starts, where several are there, or else seeds. */
function independentRows(result: Comparison | null, pairs: number): number {
  const coldStarts = result?.coldStarts ?? 1;
  return coldStarts > 1 ? coldStarts : pairs;
}

/** Seeds that gave the very same numbers item by item are one run several times: of other seeds they say nothing. */
function copiesOf({ byItem }: Pairs, spreadless: boolean, size: number | null): Obstacle | null {
  if (byItem === undefined || byItem.length < 2) return null;
  if (spreadless && size !== 0)
    return {
      short: "no spread",
      clause: "every seed and question gave the same difference, so nothing is known of how others would vary",
    };
  const [first, ...others] = byItem as [Float64Array, ...Float64Array[]];
  if (spreadless || others.some((row) => row.some((value, item) => value !== first[item]))) return null;
  return { short: "seeds are copies", clause: "all seeds gave the very same answers, so nothing is known of other seeds" };
}

/** The cell it is compared with; undefined for the baseline itself. */
export function referenceOf(grid: Pick<Grid, "cells">, cell: GridCell): GridCell | undefined {
  const reference = grid.cells.find(({ name }) => name === cell.against) ?? baselineOf(grid);
  return reference === cell || (cell.baseline && cell.against === null) ? undefined : reference;
}

function pairsOf(
  grid: Grid,
  metric: ComparedMetric,
  [against, cell]: readonly [GridCell, GridCell],
  outcomes: ReadonlyMap<GridCell, readonly RunOutcome[]>,
): Pairs {
  const others = new Map(outcomes.get(against)!.map((outcome) => [outcome.seed, outcome]));
  const pairs = outcomes.get(cell)!.flatMap((second): Pair[] => {
    const first = others.get(second.seed);
    return first ? [{ first, second }] : [];
  });
  const differences = pairs.map(({ first, second }) => second.value - first.value);
  const runs = pairs.map(({ first, second }) => [first.run, second.run] as const);
  const obstacle = obstacleOf({ grid, metric, cell, pairs: runs }) ?? seedsObstacle(grid);
  const sameData = dataOf(runs.flat());
  const items = pairItems(
    pairs.flatMap(({ first, second }) => [first.byItem, second.byItem]),
    sameData === "same",
  );
  const isPaired = "rows" in items && sameData !== "different";
  const starts = pairs.map(({ first, second }) => [first, second].map(({ run }) => startOf(run, grid.seedLevels)));
  return {
    cell,
    against,
    pairs,
    differences,
    byItem: isPaired
      ? itemDifferences(
          items.rows.filter((_, index) => index % 2 === 0),
          items.rows.filter((_, index) => index % 2 === 1),
        )
      : undefined,
    obstacle: obstacle ?? ("why" in items && pairs.length > 0 ? unpaired(items.why) : null),
    groups: starts.flat().includes(null) ? undefined : starts.map((pair) => JSON.stringify(pair)),
    sameColdStart: starts.flat().includes(null) ? null : starts.every(([first, second]) => first === second),
  };
}

function unpaired(why: string): Obstacle {
  return {
    keepsInterval: true,
    short: "over seeds, on these questions",
    clause: `questions can’t be paired (${why}): what there is is over seeds, on these questions, and says nothing of other questions`,
  };
}

type Part = { readonly low: number; readonly high: number; readonly method: string; readonly coverageWarning: string | null };

function intervalOf(
  { pairs, byItem }: Pairs,
  { isShare }: ComparedMetric,
  { both, seeds, rows }: { readonly both: Part | null; readonly seeds: Part | null; readonly rows: number },
): DifferenceInterval | null {
  const within = ({ low, high }: { low: number; high: number }) =>
    isShare ? { low: Math.max(-1, low), high: Math.min(1, high) } : { low, high }; // a difference of shares can't be larger
  const part = both ?? seeds;
  if (part) {
    const few =
      rows < PROVEN_SEEDS
        ? `with ${rows} ${rows < pairs.length ? "cold starts" : "seeds"} no interval was shown by simulation to cover 95 %`
        : null;
    const { method, coverageWarning } = part;
    return { ...within(part), over: both ? "seeds and items" : "seeds", method, coverageWarning: few ?? coverageWarning };
  }
  const [only] = pairs;
  if (only === undefined || byItem === undefined) return null;
  const { low, high, method } = pairedItemInterval(
    byItem[0]!.map(() => 0),
    byItem[0]!,
    { level: 1 - LEVEL },
  );
  return low === high ? null : { low, high, over: "items", method, coverageWarning: null };
}

/** Over items alone, of one seed. */
function itemError({ byItem }: Pairs): number | null {
  return byItem === undefined ? null : standardDeviation(byItem[0]!) / Math.sqrt(byItem[0]!.length);
}
