import { holm } from "./adjust.ts";
import { crossedInterval, distinctGroups } from "./crossed.ts";
import type { ColdStarts, CrossedInterval, SeedsByItems } from "./crossed.ts";
import { mean } from "./descriptive.ts";
import { meanInterval } from "./mean-interval.ts";
import type { EstimateInterval } from "./interval.ts";
import { checkNumbers, checkShare } from "./numbers.ts";
import { levelAtLook } from "./sequential.ts";
import { signFlipPValue, smallestPValue } from "./sign-flip.ts";
import { tTest } from "./student-t.ts";
import { InputError } from "./errors.ts";

/** What a variant measured less what the baseline did, for each seed that both have. */
export interface PairedVariant {
  readonly differences: readonly number[];
  /** The same by test item, a row for each seed: `itemDifferences`. Leave out where the items don't match. */
  readonly byItem?: SeedsByItems;
  /** The cold start of each seed's run, where that varies too. */
  readonly groups?: ColdStarts;
}

/** A variant against the baseline. Intervals are for the mean difference and are not widened for the number of comparisons. */
export interface Comparison {
  /**
   * Over new seeds on the same test items: the t interval and the paired t test; where cold starts vary, over new cold starts with their seeds. null with
   * fewer than two pairs.
   */
  readonly seeds: (EstimateInterval & { readonly pValue: number; readonly spreadless: boolean }) | null;
  /** Over new seeds (cold starts) and new test items; null without `byItem`, or with fewer than two pairs. */
  readonly seedsAndItems: CrossedInterval | null;
  /** The sign-flip test over seeds (cold starts), which assumes only symmetry; null without a pair. Adjusted: among the sign-flip tests. */
  readonly signFlip: { readonly pValue: number; readonly adjusted: number; readonly smallest: number } | null;
  /** How many different cold starts there are; null where that wasn't said. With one nothing is known of another. */
  readonly coldStarts: number | null;
  /** That of `seedsAndItems`, or of `seeds` where there is none; and after Holm's correction over the variants that have one. */
  readonly pValue: number | null;
  readonly adjusted: number | null;
  /** The licence to say that the variant is better, or worse: adjusted ≤ 1 − level. At a look before the planned end: after Holm's correction at the look's level. */
  readonly distinguishable: boolean;
}

/** How variants are judged. */
export interface CompareOptions {
  /** Default 0.95. */
  readonly level?: number;
  /** Of the sign-flip test's draws, above 20 pairs. */
  readonly seed?: number | string;
  /** How many seeds there are by now of how many planned, where results are looked at before all are run: `levelAtLook`. */
  readonly look?: { readonly seeds: number; readonly planned: number };
}

/**
 * Several variants against one baseline. A t test decides, over seeds and test items where both are known, with Holm's correction.
 *
 * It takes mean differences for about normal. If a variant does nothing, its differences are symmetric, and such tests then rather claim too
 * little (simulated in compare.test.ts). The sign-flip test needs no such assumption but can't get below 2/2ⁿ, 0.0625 with 5 seeds, so it
 * stands beside. Where all differences are one number, t is infinite and the sign-flip test decides. A comparison for each variant, in the order given;
 * throws where a variant's rows by item are not as many as its differences.
 */
export function compareWithBaseline(
  variants: readonly PairedVariant[],
  { level = 0.95, seed = 1, look }: CompareOptions = {},
): Comparison[] {
  checkShare("compareWithBaseline", "level", level);
  const parts = variants.map((variant, index) => {
    const { byItem, groups } = variant;
    checkVariant(`compareWithBaseline, variant ${index}`, variant);
    const { differences, coldStarts } = independent(variant);
    const flip = differences.length === 0 ? null : signFlipPValue(differences, { seed });
    const seeds =
      differences.length < 2
        ? null
        : { ...meanInterval(differences, { level }), pValue: pValueOf(differences, flip!), spreadless: isConstant(differences) };
    const seedsAndItems =
      seeds === null || byItem === undefined ? null : crossedInterval(byItem, { level, ...(groups ? { groups } : {}) });
    return {
      seeds,
      seedsAndItems,
      flip,
      coldStarts,
      pValue: (seedsAndItems ?? seeds)?.pValue ?? null,
      pairs: differences.length,
    };
  });
  const adjusted = adjustPresent(parts.map(({ pValue }) => pValue));
  const distinguishable = look === undefined ? adjusted.map((one) => atMost(one, 1 - level)) : atLook(parts, look, 1 - level);
  const adjustedFlips = adjustPresent(parts.map(({ flip }) => flip));
  return parts.map(({ seeds, seedsAndItems, flip, coldStarts, pValue, pairs }, index) => ({
    seeds,
    seedsAndItems,
    signFlip: flip === null ? null : { pValue: flip, adjusted: adjustedFlips[index]!, smallest: smallestPValue(pairs) },
    coldStarts,
    pValue,
    adjusted: adjusted[index]!,
    distinguishable: distinguishable[index]!,
  }));
}

const atMost = (pValue: number | null, level: number) => pValue !== null && pValue <= level;

/** Holm's steps with each step's level spent over the looks (Maurer and Bretz 2013, Stat. Biopharm. Res. 5:311). */
function atLook(
  parts: readonly { readonly pValue: number | null }[],
  { seeds, planned }: { readonly seeds: number; readonly planned: number },
  level: number,
): boolean[] {
  const tested = parts.flatMap(({ pValue }, index) => (pValue === null ? [] : [{ pValue, index }]));
  const claimed = parts.map(() => false);
  for (const [step, { pValue, index }] of tested.toSorted((a, b) => a.pValue - b.pValue).entries()) {
    if (!(pValue <= levelAtLook(seeds, planned, { level: level / (tested.length - step) }))) break;
    claimed[index] = true;
  }
  return claimed;
}

/** The differences that are independent of one another: a seed each, or, where several cold starts were run, the mean of each one's seeds. */
function independent({ differences, groups }: PairedVariant): { differences: readonly number[]; coldStarts: number | null } {
  if (groups === undefined) return { differences, coldStarts: null };
  const rows = distinctGroups("compareWithBaseline", groups, differences.length);
  return {
    differences: rows.length < 2 ? differences : rows.map((group) => mean(group.map((row) => differences[row]!))),
    coldStarts: rows.length,
  };
}

function checkVariant(where: string, { differences, byItem }: PairedVariant): void {
  if (differences.length > 0) checkNumbers(where, differences);
  if (byItem !== undefined && byItem.length !== differences.length)
    throw new InputError(
      "RL_STATISTICS",
      `${where}: ${byItem.length} rows by item and ${differences.length} differences, expected as many`,
    );
}

function isConstant(values: readonly number[]): boolean {
  return values.every((value) => value === values[0]);
}

function pValueOf(differences: readonly number[], flip: number): number {
  const { t, pValue } = tTest(differences);
  return Number.isFinite(t) ? pValue : flip;
}

/** Holm over those that were tested. */
function adjustPresent(pValues: readonly (number | null)[]): (number | null)[] {
  const adjusted = holm(pValues.filter((pValue) => pValue !== null));
  let next = 0;
  return pValues.map((pValue) => (pValue === null ? null : adjusted[next++]!));
}
