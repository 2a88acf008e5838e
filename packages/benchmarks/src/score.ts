import { bootstrapStatistics, percentileInterval } from "@rewardlab/statistics";
import type { Judged, Order } from "./judged.ts";

/** The share of pairs that were judged rightly; 0 of none, as the released scripts have it. */
export function accuracyOf(judged: readonly Judged[]): number {
  return judged.length === 0 ? 0 : judged.reduce((sum, { right }) => sum + right, 0) / judged.length;
}

/** Pairs by their group, groups in the order of their first pair. */
export function groupsOf(judged: readonly Judged[]): Judged[][] {
  const groups = new Map<string, Judged[]>();
  for (const one of judged) {
    const group = groups.get(one.group);
    if (group === undefined) groups.set(one.group, [one]);
    else group.push(one);
  }
  return [...groups.values()];
}

/** The ends of a 95 % interval. */
export type Ends = readonly [low: number, high: number];

/** How many times groups are drawn anew. */
const RESAMPLES = 4000;

/**
 * The percentile bootstrap interval (Efron 1979) of the mean over `parts` of the accuracy in each, groups of pairs drawn with replacement within each
 * part. Parts without a pair count 0 in the mean, as they do in the released scripts. null where no part has two groups.
 */
export function accuracyInterval(parts: readonly (readonly Judged[])[], seed: number): Ends | null {
  return ratioInterval(
    parts.map((part) => groupsOf(part).map((group) => [group.reduce((sum, { right }) => sum + right, 0), group.length] as const)),
    seed,
  );
}

/** The same of a mean of ratios Σ x / Σ n, of the pairs (x, n) of each part. */
export function ratioInterval(parts: readonly (readonly (readonly [x: number, n: number])[])[], seed: number): Ends | null {
  const strata = parts.filter(({ length }) => length > 0);
  if (!strata.some(({ length }) => length > 1)) return null;
  const statistic = (drawn: readonly Float64Array[]) =>
    drawn.reduce((total, places, part) => {
      let [x, n] = [0, 0];
      for (const place of places) {
        x += strata[part]![place]![0];
        n += strata[part]![place]![1];
      }
      return total + x / n;
    }, 0) / parts.length;
  const places = strata.map((part) => Float64Array.from(part, (_, place) => place));
  const { low, high } = percentileInterval(bootstrapStatistics(places, statistic, { resamples: RESAMPLES, seed }));
  return [low, high];
}

/** What showing the preferred response first, or second, does to a judge. */
export interface PositionBias {
  /** Accuracy where the preferred response is shown first, and where it is shown second. */
  readonly chosenFirst: number;
  readonly chosenSecond: number;
  /** Of its choices over both orders, the share that names what is shown first: ½ without a bias. null where it never chooses. */
  readonly choosesFirst: number | null;
  /** Of the pairs judged in both orders, the share in which both times the same response is named; null where none was. */
  readonly consistent: number | null;
}

/** null where the file doesn't hold both orders. */
export function positionBias(judged: readonly Judged[]): PositionBias | null {
  const of = (wanted: Order) => judged.filter(({ order }) => order === wanted);
  const [first, second] = [of("chosen-first"), of("chosen-second")];
  if (first.length === 0 || second.length === 0) return null;
  const swapped = new Map(second.map(({ pair, choice }) => [pair, choice]));
  const both = first.filter(({ pair }) => swapped.has(pair));
  const choices = [...first, ...second].filter(({ choice }) => choice !== null);
  const firsts = choices.filter(({ choice, order }) => (choice === "chosen") === (order === "chosen-first"));
  const same = both.filter(({ pair, choice }) => choice !== null && swapped.get(pair) === choice);
  return {
    chosenFirst: accuracyOf(first),
    chosenSecond: accuracyOf(second),
    choosesFirst: choices.length === 0 ? null : firsts.length / choices.length,
    consistent: both.length === 0 ? null : same.length / both.length,
  };
}
