import { LEVEL, PROVEN_SEEDS } from "../level.ts";
import type { Comparison } from "../comparisons.ts";
import type { ComparedMetric } from "../metric.ts";
import { called, differenceText, intervalText, signedDifference, sizeText } from "../metric-wording.ts";
import { counted, listing, pText } from "../wording.ts";

/** More variants than this are not all named in the first sentence; the figure and the table have them. */
const SPELT_OUT = 4;

/** The first sentence: what can be told apart from what it is compared with, and what can't. null where nothing is compared. */
export function headline(comparisons: readonly Comparison[], metric: ComparedMetric): string | null {
  const made = comparisons.filter(({ perSeed }) => perSeed.length > 0);
  if (made.length === 0) return null;
  const decided = made.filter(({ distinguishable }) => distinguishable).toSorted((a, b) => Math.abs(b.mean!) - Math.abs(a.mean!));
  const rest = made.filter(({ distinguishable }) => !distinguishable);
  const sameReference = new Set(made.map(({ against }) => against)).size === 1;
  const withReference = (one: Comparison) => `${called(one.cell)}: ${numbers(one, metric, true)}`;
  if (decided.length === 0 && rest.length === 1) {
    const [only] = rest as [Comparison];
    return `${called(only.cell)} is not distinguishable from ${called(only.against)}: ${numbers(only, metric, false)}.`;
  }
  const shown = decided.slice(0, SPELT_OUT);
  const more = decided.length - shown.length;
  const first = decided.length === 0 ? "" : `${shown.map(withReference).join("; ")}${more > 0 ? `; and ${more} more` : ""}.`;
  if (rest.length === 0) return first;
  const names = rest.slice(0, SPELT_OUT).map(({ cell }) => called(cell));
  const others = rest.length - names.length;
  const all = listing(others > 0 ? [...names, `${others} more`] : names);
  return decided.length === 0
    ? `No variant is distinguishable from ${sameReference ? called(rest[0]!.against) : "what it is compared with"} in ${metric.title}: ${all}.`
    : `${first} Not distinguishable: ${all}.`;
}

/** "−3.1 points against full, 95 % CI −5.0 to −1.2, 5 paired seeds" */
function numbers(one: Comparison, metric: ComparedMetric, named: boolean): string {
  const seeds = one.perSeed.length === 1 ? "one seed" : `${one.perSeed.length} paired seeds`;
  const interval =
    one.interval === null
      ? ""
      : `, 95 % CI ${intervalText(metric, one.interval)}${one.interval.over === "items" ? " over test questions alone" : ""}`;
  return `${differenceText(metric, one.mean)}${named ? ` against ${called(one.against)}` : ""}${interval}, ${seeds}`;
}

/** A line for each comparison, with all that it rests on. */
export function verdictLine(one: Comparison, metric: ComparedMetric): string {
  if (one.perSeed.length === 0)
    return `${called(one.cell)}: nothing to compare yet, no seed has both it and ${called(one.against)}.`;
  const tests = [
    ...(one.adjusted === null ? [] : [pText(one.adjusted)]),
    ...(one.signFlip === null ? [] : [pText(one.signFlip.adjusted, "by sign flips p")]),
  ];
  const corrected = tests.length > 0 ? ` (${tests.join(", ")})` : "";
  const worst =
    one.countedAsWorst > 0
      ? ` In ${counted(one.countedAsWorst, "pair")} a collapsed run without an evaluation counts as the worst.`
      : "";
  return `${called(one.cell)}: ${numbers(one, metric, true)}${corrected}: ${verdict(one, metric)}.${worst}`;
}

/** What may be said, in a word or two. */
export function verdict(one: Comparison, { better }: ComparedMetric): string {
  if (one.perSeed.length === 0) return "nothing to compare yet";
  if (!one.distinguishable)
    return one.perSeed.length === 1 ? "one seed can’t show a difference" : isIdentical(one) ? "identical" : "not distinguishable";
  const up = one.mean! > 0;
  if (better === null) return up ? "higher" : "lower";
  return up === (better === "higher") ? "better" : "worse";
}

const isIdentical = ({ perSeed, standardError }: Comparison) =>
  perSeed.every(({ difference }) => difference === 0) && (standardError.items ?? 0) === 0;

/** How sure that is: both kinds of chance, what so many seeds could have seen, how many it would take. */
export function certainty(comparisons: readonly Comparison[], metric: ComparedMetric): string[] {
  const made = comparisons.filter(({ perSeed }) => perSeed.length > 0);
  if (made.length === 0) return [];
  return [...tooFew(made), ...chances(made, metric), ...power(made, metric)];
}

/** What to know of intervals and tests at this number of seeds. */
export function cautions(comparisons: readonly Comparison[]): string[] {
  const made = comparisons.filter(({ perSeed }) => perSeed.length > 0);
  const smallest = made.flatMap(({ signFlip }) => signFlip?.smallest ?? []);
  const least = Math.min(1, ...smallest);
  const intervals = [...new Set(made.flatMap(({ interval }) => interval?.coverageWarning ?? []))];
  return [
    ...intervals.map((text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`),
    ...(made.length > 0 && least > LEVEL
      ? [
          `Sign flips alone can’t go below ${pText(least)} with so few pairs: a claim at the 5 % level rests on the t test, which takes mean differences for about normal.`,
        ]
      : []),
  ];
}

function tooFew(made: readonly Comparison[]): string[] {
  const fewest = Math.min(...made.map(({ perSeed }) => perSeed.length));
  if (fewest === 1) return ["One seed can’t tell a difference from chance between seeds, so no winner is named."];
  if (fewest >= PROVEN_SEEDS) return [];
  return [`${fewest} seeds can’t show a difference: below ${PROVEN_SEEDS} no interval is proven to hold, so no winner is named.`];
}

function chances(made: readonly Comparison[], metric: ComparedMetric): string[] {
  const largest = (pick: (one: Comparison) => number | null) => {
    const all = made.flatMap((one) => pick(one) ?? []);
    return all.length === 0 ? null : Math.max(...all);
  };
  const [seeds, items] = [
    largest(({ standardError }) => standardError.seeds),
    largest(({ standardError }) => standardError.items),
  ];
  const [a, upTo] = made.length > 1 ? ["a", "up to "] : ["the", ""];
  const count = made.find((one) => one.items !== null)?.items;
  const parts = [
    ...(seeds === null ? [] : [`other seeds would move ${a} difference by ${upTo}±${sizeText(metric, seeds)}`]),
    ...(items === null
      ? []
      : [
          `other test questions (${count}) ${seeds === null ? `would move ${a} difference ` : ""}by ${upTo}±${sizeText(metric, items)}`,
        ]),
  ];
  return parts.length === 0 ? [] : [`Two kinds of chance: ${listing(parts)} (standard errors).`];
}

function power(made: readonly Comparison[], metric: ComparedMetric): string[] {
  const known = made.filter((one): one is Comparison & { detectable: number } => one.detectable !== null);
  if (known.length === 0) return [];
  const hardest = known.reduce((a, b) => (b.detectable > a.detectable ? b : a));
  const among = made.length > 1 ? ` and ${made.length} comparisons` : "";
  const beyond = metric.isShare && hardest.detectable > 0.5; // no gain over guessing is larger
  const few = hardest.perSeed.length < PROVEN_SEEDS;
  const sentences = [
    few && !beyond
      ? `A t test over ${hardest.perSeed.length} paired seeds${among} would need a true difference of ${sizeText(metric, hardest.detectable)} to find it four times out of five.`
      : beyond
        ? `With ${hardest.perSeed.length} paired seeds${among} and this spread between seeds, no difference that is possible would be found four times out of five.`
        : `With ${hardest.perSeed.length} paired seeds${among}, a true difference of ${sizeText(metric, hardest.detectable)} would be found four times out of five.`,
  ];
  const undecided = made.filter(({ distinguishable }) => !distinguishable);
  const needed = undecided.filter((one): one is Comparison & { seedsNeeded: number } => one.seedsNeeded !== null);
  if (needed.length > 0) {
    const most = needed.toSorted((a, b) => b.seedsNeeded - a.seedsNeeded).slice(0, SPELT_OUT);
    sentences.push(
      `A true difference as large as measured would take ${listing(most.map((one) => `about ${one.seedsNeeded} seeds for ${called(one.cell)} (${signedDifference(metric, one.mean)})`))}; the spread is itself known only roughly.`,
    );
  }
  const items = undecided.filter(({ itemsTooFew }) => itemsTooFew);
  if (items.length > 0)
    sentences.push(
      `More seeds alone would not show ${items.length > SPELT_OUT ? `${items.length} of the differences` : `the difference of ${listing(items.map(({ cell }) => called(cell)))}`}: it takes more test questions than ${items[0]!.items}.`,
    );
  return sentences;
}
