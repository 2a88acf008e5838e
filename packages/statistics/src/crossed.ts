import { coverageWarning } from "./coverage.ts";
import type { EstimateInterval } from "./interval.ts";
import { standardsOf, varianceOverBoth } from "./mean-squares.ts";
import type { MeanSquares } from "./mean-squares.ts";
import { checkGroups, checkNumbers, checkPairs, checkShare } from "./numbers.ts";
import { smallestPValue } from "./sign-flip.ts";
import { studentTCritical, studentTTwoSided } from "./student-t.ts";
import { InputError } from "./errors.ts";

/** A row for each seed, a column for each test item: an accuracy, or a difference of two. */
export type SeedsByItems = readonly ArrayLike<number>[];

/** Which cold start each seed's run began from, in the seeds' order. */
export type ColdStarts = readonly (number | string)[];

/**
 * Variance components of a difference, in its unit squared; an estimate below 0 is 0. `coldStarts` and `coldStartItems` are there where several cold
 * starts with several seeds each were run.
 */
export interface VarianceComponents {
  /** σ_c²: what another cold start would change, the items' and its seeds' average. */
  readonly coldStarts?: number;
  /** σ_s²: what another seed would change on the same items, the items' average; with cold starts: another seed from the same one. */
  readonly seeds: number;
  /** σ_i²: how much items differ, whatever the seed. */
  readonly items: number;
  /** σ_ci²: how much items differ from one cold start to the next. */
  readonly coldStartItems?: number;
  /** σ_e²: what is left, seed × item and the sampling of answers, which one value a cell can't tell apart. */
  readonly interaction: number;
}

/** What was run: so many seeds (of each cold start, where several are said), so many items. */
export interface Design {
  readonly coldStarts?: number;
  readonly seeds: number;
  readonly items: number;
}

/** What `crossedInterval` finds, in the values' unit. */
export interface CrossedInterval extends EstimateInterval {
  /** Two-sided, of the t tests that the mean is 0: over both, over seeds alone and over items alone, the largest of the three p. */
  readonly pValue: number;
  /** Degrees of freedom of `standardError.both`. */
  readonly degrees: number;
  readonly seeds: number;
  readonly items: number;
  /** How many different cold starts there are; null where that wasn't said. With one the interval is for new seeds from it, not for new cold starts. */
  readonly coldStarts: number | null;
  readonly variance: VarianceComponents;
  /** Standard errors of the mean, in the values' unit. */
  readonly standardError: {
    /** Over new seeds (new cold starts, where there are several) on the same items, √(MS_s / SI). */
    readonly seeds: number;
    /** Over new items with the same seeds, √(MS_i / SI). */
    readonly items: number;
    /** Over both. The interval is the widest of the three's. */
    readonly both: number;
  };
  /** All values are one number: the interval has no width, and is no certainty. */
  readonly spreadless: boolean;
}

/** The differences second − first, seed by seed and item by item. Throws where the seeds or a seed's items are not pairs. */
export function itemDifferences(first: SeedsByItems, second: SeedsByItems): Float64Array[] {
  if (first.length !== second.length)
    throw new InputError("RL_STATISTICS", `itemDifferences: ${first.length} and ${second.length} seeds, expected pairs`);
  return first.map((row, seed) => {
    checkPairs(`itemDifferences, seed ${seed}`, row, second[seed]!);
    checkNumbers(`itemDifferences, first, seed ${seed}`, row);
    checkNumbers(`itemDifferences, second, seed ${seed}`, second[seed]!);
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
 * from the mean squares of the analysis of variance (Searle, Casella and McCulloch 1992, § 4.3), with Satterthwaite's degrees of freedom; and never
 * narrower than the t interval over seeds alone, or over items alone (`standardsOf` says why).
 *
 * With `groups` seeds are nested in cold starts, which are crossed with items too:
 *
 *     d_csi = μ + c_c + s_s(c) + b_i + (cb)_ci + e_csi
 *
 * Then each cold start's seeds are averaged, item by item, and the table of cold starts by items is judged as above. In a balanced design that is the
 * nested analysis of variance; with unequal numbers of seeds it gives each cold start the same weight (unweighted means, Yates 1934). Rows of unequal
 * variance leave the estimate of Var(d̄) unbiased, and t tests of 5 % conservative (Ibragimov and Müller 2010, J. Bus. Econ. Stat. 28:453).
 *
 * For differences of two variants give `itemDifferences(baseline, variant)`. Any mean over items will do: an accuracy, a majority's, one kind's; for a
 * measure of several items together (all questions of a picture right) give the values of those together as one item each, `perGroup`.
 */
export function crossedInterval(
  values: SeedsByItems,
  { level = 0.95, groups }: { readonly level?: number; readonly groups?: ColdStarts } = {},
): CrossedInterval {
  checkShare("crossedInterval", "level", level);
  const table = checkTable(values);
  const coldStarts = groups === undefined ? null : distinctGroups("crossedInterval", groups, values.length);
  const nested = coldStarts !== null && coldStarts.length > 1 && coldStarts.length < values.length;
  const squares = meanSquares(nested ? coldStarts.map((rows) => averageRows(rows.map((row) => values[row]!))) : values);
  const { variance, degrees } = varianceOverBoth(squares);
  const { estimate, perRow, perItem, perCell } = squares;
  const both = table.largest * ROUNDING < Math.sqrt(variance) ? Math.sqrt(variance) : 0;
  const standards =
    both === 0 ? [] : standardsOf(squares, squares.carriers).map((one) => ({ ...one, error: Math.sqrt(one.variance) }));
  const half = Math.max(0, ...standards.map((one) => one.error * studentTCritical(1 - level, one.degrees)));
  const pValue = Math.max(...standards.map((one) => (one.error === 0 ? 0 : studentTTwoSided(estimate / one.error, one.degrees))));
  const cells = squares.rows * squares.items;
  return {
    estimate,
    low: estimate - half,
    high: estimate + half,
    level,
    method: "crossed",
    coverageWarning:
      both === 0
        ? `all ${values.length} × ${table.items} values are the same, so the interval has no width: it says nothing about other seeds or items`
        : coverageWarning("crossed", squares.rows),
    // All values the same number: the test has no spread to go by, and the sign-flip test over rows is what is left.
    pValue: both > 0 ? pValue : estimate === 0 ? 1 : smallestPValue(squares.rows),
    degrees,
    seeds: values.length,
    items: table.items,
    coldStarts: coldStarts?.length ?? null,
    variance: nested
      ? nestedComponents(values, coldStarts, squares)
      : {
          seeds: Math.max(0, (perRow - perCell) / squares.items),
          items: Math.max(0, (perItem - perCell) / squares.rows),
          interaction: perCell,
        },
    standardError: { seeds: Math.sqrt(perRow / cells), items: Math.sqrt(perItem / cells), both },
    spreadless: both === 0,
  };
}

/** The rows of each group, in the order in which groups first appear. */
export function distinctGroups(where: string, groups: ColdStarts, seeds: number): number[][] {
  checkGroups(where, groups, seeds);
  const rows = new Map<number | string, number[]>();
  groups.forEach((group, row) => {
    if (!rows.has(group)) rows.set(group, []);
    rows.get(group)!.push(row);
  });
  return [...rows.values()];
}

/**
 * Seeds within cold starts: E MS_s(c) = σ_e² + I σ_s², and of the table of C averaged rows, with ñ the harmonic mean of the numbers of seeds,
 *
 *     E MS_ci = σ_ci² + σ_e²/ñ          E MS_c = E MS_ci + I (σ_c² + σ_s²/ñ)
 */
function nestedComponents(
  values: SeedsByItems,
  coldStarts: readonly (readonly number[])[],
  { perRow, perItem, perCell, rows, items }: MeanSquares,
): VarianceComponents {
  let perSeed = 0;
  let rest = 0;
  for (const group of coldStarts.filter(({ length }) => length > 1)) {
    const within = meanSquares(group.map((row) => values[row]!));
    perSeed += (group.length - 1) * within.perRow;
    rest += (group.length - 1) * within.perCell;
  }
  perSeed /= values.length - coldStarts.length;
  rest /= values.length - coldStarts.length;
  const share = coldStarts.reduce((sum, { length }) => sum + 1 / length, 0) / coldStarts.length; // 1/ñ
  const seeds = Math.max(0, (perSeed - rest) / items);
  return {
    coldStarts: Math.max(0, (perRow - perCell) / items - seeds * share),
    seeds,
    items: Math.max(0, (perItem - perCell) / rows),
    coldStartItems: Math.max(0, perCell - rest * share),
    interaction: rest,
  };
}

function averageRows(rows: SeedsByItems): Float64Array {
  return Float64Array.from(rows[0]!, (_, item) => rows.reduce((sum, row) => sum + row[item]!, 0) / rows.length);
}

function checkTable(values: SeedsByItems): { items: number; largest: number } {
  const seeds = values.length;
  const items = values[0]?.length ?? 0;
  if (seeds < 2 || items < 2)
    throw new InputError("RL_STATISTICS", `crossedInterval: ${seeds} seeds and ${items} items, expected at least 2 of each`);
  let largest = 0;
  values.forEach((row, seed) => {
    checkNumbers(`crossedInterval, seed ${seed}`, row);
    checkPairs(`crossedInterval, seed ${seed}`, values[0]!, row);
    for (let item = 0; item < items; item++) largest = Math.max(largest, Math.abs(row[item]!));
  });
  return { items, largest };
}
/** A standard error of less than this share of the largest value is rounding. */
const ROUNDING = 1e-14;

/** How many items carry the spread between items: (Σ c²)² / Σ c⁴ of their means' deviations c, n where n have the same and the others none. */
function carriersOf(ofItem: Float64Array, centre: number): number {
  let [squares, fourths] = [0, 0];
  for (const value of ofItem) {
    squares += (value - centre) ** 2;
    fourths += (value - centre) ** 4;
  }
  return fourths === 0 ? ofItem.length : squares ** 2 / fourths;
}

/** Of a table of at least 2 × 2 values, with its mean. */
function meanSquares(values: SeedsByItems): MeanSquares & { readonly estimate: number; readonly carriers: number } {
  const rows = values.length;
  const items = values[0]!.length;
  const ofItem = new Float64Array(items);
  const ofRow = values.map((row) => {
    let sum = 0;
    for (let item = 0; item < items; item++) {
      sum += row[item]!;
      ofItem[item]! += row[item]! / rows;
    }
    return sum / items;
  });
  const estimate = ofRow.reduce((sum, value) => sum + value, 0) / rows;
  let between = 0;
  for (const value of ofItem) between += (value - estimate) ** 2;
  let rest = 0;
  values.forEach((row, at) => {
    const level = ofRow[at]! - estimate;
    for (let item = 0; item < items; item++) rest += (row[item]! - ofItem[item]! - level) ** 2;
  });
  return {
    estimate,
    rows,
    items,
    carriers: carriersOf(ofItem, estimate),
    perRow: (items * ofRow.reduce((sum, value) => sum + (value - estimate) ** 2, 0)) / (rows - 1),
    perItem: (rows * between) / (items - 1),
    perCell: rest / ((rows - 1) * (items - 1)),
  };
}
