import { holm } from "./adjust.ts";
import { crossedInterval } from "./crossed.ts";
import type { CrossedInterval, SeedsByItems } from "./crossed.ts";
import { meanInterval } from "./mean-interval.ts";
import type { EstimateInterval } from "./interval.ts";
import { signFlipPValue, smallestPValue } from "./sign-flip.ts";
import { tTest } from "./student-t.ts";

/** What a variant measured less what the baseline did, for each seed that both have. */
export interface PairedVariant {
  readonly differences: readonly number[];
  /** The same by test item, a row for each seed: `itemDifferences`. Leave out where the items don't match. */
  readonly byItem?: SeedsByItems;
}

/** A variant against the baseline. Intervals are for the mean difference and are not widened for the number of comparisons. */
export interface Comparison {
  /** Over new seeds on the same test items: the t interval and the paired t test. null with fewer than two pairs. */
  readonly seeds: (EstimateInterval & { readonly pValue: number }) | null;
  /** Over new seeds and new test items; null without `byItem`, or with fewer than two pairs. */
  readonly seedsAndItems: CrossedInterval | null;
  /** The sign-flip test over seeds, which assumes only symmetry; null without a pair. Adjusted: among the sign-flip tests. */
  readonly signFlip: { readonly pValue: number; readonly adjusted: number; readonly smallest: number } | null;
  /** That of `seedsAndItems`, or of `seeds` where there is none; and after Holm's correction over the variants that have one. */
  readonly pValue: number | null;
  readonly adjusted: number | null;
  /** adjusted ≤ 1 − level: the licence to say that the variant is better, or worse. */
  readonly distinguishable: boolean;
}

/**
 * Several variants against one baseline. A t test decides, over seeds and test items where both are known, with Holm's correction.
 *
 * It takes mean differences for about normal. If a variant does nothing, its differences are symmetric, and such tests then rather claim too
 * little (simulated in compare.test.ts). The sign-flip test needs no such assumption but can't get below 2/2ⁿ, 0.0625 with 5 seeds, so it
 * stands beside. Where all differences are one number, t is infinite and the sign-flip test decides.
 */
export function compareWithBaseline(
  variants: readonly PairedVariant[],
  { level = 0.95, seed = 1 }: { readonly level?: number; readonly seed?: number | string } = {},
): Comparison[] {
  const parts = variants.map(({ differences, byItem }) => {
    const flip = differences.length === 0 ? null : signFlipPValue(differences, { seed });
    const seeds =
      differences.length < 2 ? null : { ...meanInterval(differences, { level }), pValue: pValueOf(differences, flip!) };
    const seedsAndItems = seeds === null || byItem === undefined ? null : crossedInterval(byItem, { level });
    return { seeds, seedsAndItems, flip, pValue: (seedsAndItems ?? seeds)?.pValue ?? null, pairs: differences.length };
  });
  const adjusted = adjustPresent(parts.map(({ pValue }) => pValue));
  const adjustedFlips = adjustPresent(parts.map(({ flip }) => flip));
  return parts.map(({ seeds, seedsAndItems, flip, pValue, pairs }, index) => ({
    seeds,
    seedsAndItems,
    signFlip: flip === null ? null : { pValue: flip, adjusted: adjustedFlips[index]!, smallest: smallestPValue(pairs) },
    pValue,
    adjusted: adjusted[index]!,
    distinguishable: adjusted[index] !== null && adjusted[index]! <= 1 - level + 1e-12,
  }));
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
