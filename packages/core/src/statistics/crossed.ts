import { coverageWarning } from "./coverage.ts";
import type { EstimateInterval } from "./interval.ts";
import { checkNumbers, checkPairs, checkShare } from "./numbers.ts";
import { smallestPValue } from "./sign-flip.ts";
import { studentTCritical, studentTTwoSided } from "./student-t.ts";
import { InputError } from "../errors.ts";

/** A row for each seed, a column for each test item: an accuracy, or a difference of two. */
export type SeedsByItems = readonly ArrayLike<number>[];

export interface CrossedInterval extends EstimateInterval {
  /** Of the t test that the mean is 0, two-sided, with these degrees of freedom. */
  readonly pValue: number;
  readonly degrees: number;
  readonly seeds: number;
  readonly items: number;
  /** Variance components, in the values' unit squared; an estimate below 0 is 0. */
  readonly variance: {
    /** σ_s²: what another seed would change on the same items, the items' average. */
    readonly seeds: number;
    /** σ_i²: how much items differ, whatever the seed. */
    readonly items: number;
    /** σ_e²: what is left, seed × item and the sampling of answers, which one value a cell can't tell apart. */
    readonly interaction: number;
  };
  /** Standard errors of the mean, in the values' unit. */
  readonly standardError: {
    /** Over new seeds on the same items, √(MS_s / SI). */
    readonly seeds: number;
    /** Over new items with the same seeds, √(MS_i / SI). */
    readonly items: number;
    /** Over both: what the interval is made of. */
    readonly both: number;
  };
}

/** The differences second − first, seed by seed and item by item. */
export function itemDifferences(first: SeedsByItems, second: SeedsByItems): Float64Array[] {
  if (first.length !== second.length)
    throw new InputError("RL_STATISTICS", `itemDifferences: ${first.length} and ${second.length} seeds, expected pairs`);
  return first.map((row, seed) => {
    checkPairs(`itemDifferences, seed ${seed}`, row, second[seed]!);
    return Float64Array.from(row, (value, item) => second[seed]![item]! - value);
  });
}

/**
 * An interval for a mean over seeds and test items, both random and crossed: every seed is tested on the same items, so an item's effect is
 * shared by all seeds and doesn't average out with more of them. Two-way random effects with one value in a cell:
 *
 *     d_si = μ + a_s + b_i + e_si                                  Var(d̄) = σ_s²/S + σ_i²/I + σ_e²/(S·I)
 *     E MS_s = σ_e² + I σ_s²      E MS_i = σ_e² + S σ_i²           E MS_e = σ_e²
 *     Var̂(d̄) = (MS_s + MS_i − MS_e) / (S·I)
 *
 * from the mean squares of the analysis of variance (Searle, Casella and McCulloch 1992, § 4.3), with Satterthwaite's degrees of freedom
 * (1946, Biometrics Bulletin 2:110). A component estimated below 0 is left out: then the interval is the t interval over seeds, or over
 * items, alone (the wider of the two mean squares where neither component is above 0).
 *
 * For differences of two variants give `itemDifferences(baseline, variant)`.
 */
export function crossedInterval(values: SeedsByItems, { level = 0.95 }: { readonly level?: number } = {}): CrossedInterval {
  checkShare("crossedInterval", "level", level);
  const { estimate, seeds, items, perSeed, perItem, perCell } = meanSquares(values);
  const [seedDegrees, itemDegrees] = [seeds - 1, items - 1];
  const cells = seeds * items;
  const sum = perSeed + perItem - perCell;
  const [meanSquare, degrees] =
    perSeed > perCell && perItem > perCell
      ? [sum, sum ** 2 / (perSeed ** 2 / seedDegrees + perItem ** 2 / itemDegrees + perCell ** 2 / (seedDegrees * itemDegrees))]
      : perSeed > perItem
        ? [perSeed, seedDegrees]
        : [perItem, itemDegrees];
  const both = Math.sqrt(meanSquare / cells);
  const half = studentTCritical(1 - level, degrees) * both;
  return {
    estimate,
    low: estimate - half,
    high: estimate + half,
    level,
    method: "crossed",
    coverageWarning: coverageWarning("crossed", seeds),
    // All values the same number: the test has no spread to go by, and the sign-flip test over seeds is what is left.
    pValue: both > 0 ? studentTTwoSided(estimate / both, degrees) : estimate === 0 ? 1 : smallestPValue(seeds),
    degrees,
    seeds,
    items,
    variance: {
      seeds: Math.max(0, (perSeed - perCell) / items),
      items: Math.max(0, (perItem - perCell) / seeds),
      interaction: perCell,
    },
    standardError: { seeds: Math.sqrt(perSeed / cells), items: Math.sqrt(perItem / cells), both },
  };
}

function meanSquares(values: SeedsByItems) {
  const seeds = values.length;
  const items = values[0]?.length ?? 0;
  if (seeds < 2 || items < 2)
    throw new InputError("RL_STATISTICS", `crossedInterval: ${seeds} seeds and ${items} items, expected at least 2 of each`);
  const ofItem = new Float64Array(items);
  const ofSeed = values.map((row, seed) => {
    checkNumbers(`crossedInterval, seed ${seed}`, row);
    checkPairs(`crossedInterval, seed ${seed}`, values[0]!, row);
    let sum = 0;
    for (let item = 0; item < items; item++) {
      sum += row[item]!;
      ofItem[item]! += row[item]! / seeds;
    }
    return sum / items;
  });
  const estimate = ofSeed.reduce((sum, value) => sum + value, 0) / seeds;
  let between = 0;
  for (const value of ofItem) between += (value - estimate) ** 2;
  let rest = 0;
  values.forEach((row, seed) => {
    const level = ofSeed[seed]! - estimate;
    for (let item = 0; item < items; item++) rest += (row[item]! - ofItem[item]! - level) ** 2;
  });
  return {
    estimate,
    seeds,
    items,
    perSeed: (items * ofSeed.reduce((sum, value) => sum + (value - estimate) ** 2, 0)) / (seeds - 1),
    perItem: (seeds * between) / (items - 1),
    perCell: rest / ((seeds - 1) * (items - 1)),
  };
}
