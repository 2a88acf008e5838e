import { bootstrapInterval } from "@rewardlab/statistics";
import { finiteOf, listOf, recordOf, textOf } from "./plain.ts";

/** What an evaluation says of votes by how they are weighed. */
export interface EvaluationVotes {
  /** weight → votes → the share of rounds that each item's votes won. */
  readonly shares: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
  /** weight → votes → mean response tokens that they took. */
  readonly tokens: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Which items are one draw. */
  readonly groups: readonly string[];
  /** Votes that named the response shown first, and all for either, item by item; null where orders weren't swapped. */
  readonly position: { readonly first: readonly number[]; readonly decided: readonly number[] } | null;
  /** The share of items with the same majority in both orders. */
  readonly consistent: number | null;
}

/** The votes in an evaluate stage's results; null where they hold none, or their columns don't fit. */
export function readVotes(results: Readonly<Record<string, unknown>>): EvaluationVotes | null {
  const { curves, byItem, position } = recordOf(results.votes);
  const items = listOf(results.perItem).length;
  const samples = finiteOf(results.samples) ?? 0;
  const { won, first, decided } = recordOf(byItem);
  const fits = (column: readonly number[]) => column.length === items && column.every(Number.isFinite);
  const shares = mapped(won, (halves, size) => numbersIn(halves).map((value) => value / 2 / Math.floor(samples / Number(size))));
  const all = Object.values(shares).flatMap((bySize) => Object.values(bySize));
  if (items === 0 || all.length === 0 || !all.every(fits)) return null;
  const groups = textOf(recordOf(results.byItem).groups)?.split(" ") ?? [];
  const [named, voted] = [numbersIn(first), numbersIn(decided)];
  return {
    shares,
    tokens: mapped(curves, (point) => finiteOf(recordOf(point).tokens) ?? NaN),
    groups: groups.length === items ? groups : Array.from({ length: items }, (_, index) => String(index)),
    position: fits(named) && fits(voted) ? { first: named, decided: voted } : null,
    consistent: finiteOf(recordOf(position).consistent),
  };
}

/** A share with its 95 % interval. */
export interface ShareInterval {
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/** A point of a curve: so many votes, weighed so. */
export interface CurvePoint extends ShareInterval {
  readonly weight: string;
  readonly votes: number;
  /** Mean response tokens that they took. */
  readonly tokens: number;
}

/**
 * Accuracy of several votes after evaluations of the same items (one a seed), the mean over them, with 95 % percentile bootstrap intervals over items; those of
 * one group are drawn together. The seeds' own chance isn't in them.
 */
export function curvePoints(evaluations: readonly EvaluationVotes[]): CurvePoint[] {
  const [first] = evaluations;
  if (first === undefined) return [];
  const alike = evaluations.filter(({ groups }) => groups.length === first.groups.length);
  return Object.entries(first.shares).flatMap(([weight, bySize]) =>
    Object.keys(bySize).flatMap((size) => {
      const having = alike.flatMap(({ shares, tokens }) =>
        shares[weight]?.[size] === undefined ? [] : [{ shares: shares[weight][size], tokens: tokens[weight]?.[size] ?? NaN }],
      );
      const values = first.groups.map((_, item) => mean(having.map(({ shares }) => shares[item]!)));
      const ones = values.map(() => 1);
      return [
        { weight, votes: Number(size), tokens: mean(having.map(({ tokens }) => tokens)), ...ratio(values, ones, first.groups) },
      ];
    }),
  );
}

/** How often the response that was shown first was named, over evaluations of the same items; null where orders weren't swapped, or no vote named either. */
export function firstNamed(evaluations: readonly EvaluationVotes[]): ShareInterval | null {
  const having = evaluations.flatMap(({ position, groups }) => (position === null ? [] : [{ ...position, groups }]));
  const [one] = having;
  if (one === undefined) return null;
  const sum = (of: (each: (typeof having)[0]) => readonly number[]) =>
    one.groups.map((_, item) => having.reduce((total, each) => total + (of(each)[item] ?? 0), 0));
  const decided = sum((each) => each.decided);
  return decided.some((count) => count > 0) ? ratio(sum((each) => each.first), decided, one.groups) : null; // prettier-ignore
}

const RESAMPLES = 2000;

/** Σ values / Σ counts, and its interval over groups. */
function ratio(values: readonly number[], counts: readonly number[], groups: readonly string[]): ShareInterval {
  const sums = new Map<string, { value: number; count: number }>();
  values.forEach((value, item) => {
    const group = sums.get(groups[item]!) ?? { value: 0, count: 0 };
    sums.set(groups[item]!, { value: group.value + value, count: group.count + counts[item]! });
  });
  const all = [...sums.values()];
  // what is drawn is which group: its number stands for its sums
  const statistic = ([drawn]: readonly ArrayLike<number>[]) => {
    let [value, count] = [0, 0];
    for (let index = 0; index < drawn!.length; index++) {
      value += all[drawn![index]!]!.value;
      count += all[drawn![index]!]!.count;
    }
    return count === 0 ? 0 : value / count;
  };
  const { estimate, low, high } = bootstrapInterval([all.map((_, index) => index)], statistic, {
    method: "percentile",
    resamples: RESAMPLES,
  });
  return { share: estimate, low, high };
}

function mapped<T>(given: unknown, map: (value: unknown, size: string) => T): Record<string, Record<string, T>> {
  return Object.fromEntries(
    Object.entries(recordOf(given)).map(([weight, bySize]) => [
      weight,
      Object.fromEntries(Object.entries(recordOf(bySize)).map(([size, value]) => [size, map(value, size)])),
    ]),
  );
}

const numbersIn = (column: unknown) => (textOf(column) ?? "").split(" ").map((text) => (text === "" ? NaN : Number(text)));
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
