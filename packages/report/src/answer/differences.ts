import { LEVEL, PROVEN_SEEDS } from "../level.ts";
import type { CellComparison } from "../comparisons.ts";
import type { ComparedMetric } from "../metric.ts";
import { called, differenceText, intervalText, questions, amountText } from "../metric-wording.ts";
import { verdict } from "../verdict.ts";
import { counted, listing, pText } from "../wording.ts";
import { coldStartText, generalisation } from "./generalises.ts";
import { powerSentences } from "./power.ts";

/** More variants than this are not all named in the first sentence; the figure and the table have them. */
const SPELT_OUT = 4;

/** The first sentence: what can be told apart from what it is compared with, what can't, and of what nothing may be said. null where nothing is compared. */
export function headline(comparisons: readonly CellComparison[], metric: ComparedMetric): string | null {
  const made = comparisons.filter(({ perSeed }) => perSeed.length > 0);
  if (made.length === 0) return null;
  const barred = made.filter(({ noVerdict }) => noVerdict !== null);
  const decided = made.filter(({ distinguishable }) => distinguishable).toSorted((a, b) => Math.abs(b.mean!) - Math.abs(a.mean!));
  const rest = made.filter(({ distinguishable, noVerdict }) => !distinguishable && noVerdict === null);
  const sameReference = new Set(made.map(({ against }) => against)).size === 1;
  const shown = decided.slice(0, SPELT_OUT);
  const more = decided.length - shown.length;
  return [
    ...(shown.length === 0
      ? []
      : [
          `${shown.map((one) => `${called(one.cell)}: ${numbers(one, metric, true)}`).join("; ")}${more > 0 ? `; and ${more} more` : ""}.`,
        ]),
    ...(rest.length === 0 ? [] : [undecided(rest, metric, { alone: decided.length === 0, sameReference })]),
    ...byObstacle(barred).map((some) => withoutVerdict(some, metric)),
  ].join(" ");
}

function undecided(
  rest: readonly CellComparison[],
  metric: ComparedMetric,
  { alone, sameReference }: { readonly alone: boolean; readonly sameReference: boolean },
): string {
  const [only] = rest as [CellComparison];
  if (!alone) return `Not distinguishable: ${namesOf(rest)}.`;
  if (rest.length === 1)
    return `${called(only.cell)} is not distinguishable from ${called(only.against)}: ${numbers(only, metric, false)}.`;
  return `No variant is distinguishable from ${sameReference ? called(only.against) : "what it is compared with"} in ${metric.title}: ${namesOf(rest)}.`;
}

/** "No verdict on b, since the runs read different data: +3.0 points against a, …" */
function withoutVerdict(some: readonly CellComparison[], metric: ComparedMetric): string {
  const [only] = some as [CellComparison];
  const why = `No verdict on ${namesOf(some)} in ${metric.title}, since ${only.noVerdict!.clause}`;
  return some.length === 1 ? `${why}: ${numbers(only, metric, true)}.` : `${why}.`;
}

function byObstacle(barred: readonly CellComparison[]): CellComparison[][] {
  const clauses = [...new Set(barred.map(({ noVerdict }) => noVerdict!.clause))];
  return clauses.map((clause) => barred.filter(({ noVerdict }) => noVerdict!.clause === clause));
}

function namesOf(some: readonly CellComparison[]): string {
  const names = some.slice(0, SPELT_OUT).map(({ cell }) => called(cell));
  const others = some.length - names.length;
  return listing(others > 0 ? [...names, `${others} more`] : names);
}

/** "−3.1 points against full, 95 % CI −5.0 to −1.2, 5 paired seeds from one cold start" */
function numbers(one: CellComparison, metric: ComparedMetric, named: boolean): string {
  const { interval, spreadless, perSeed } = one;
  const seeds = perSeed.length === 1 ? "one seed" : `${perSeed.length} paired seeds`;
  const over = { items: " over test questions alone", seeds: " over seeds alone, on these questions", "seeds and items": "" };
  const range = spreadless
    ? ", without any spread (which says nothing of other seeds or questions)"
    : interval === null
      ? ""
      : `, 95 % CI ${intervalText(metric, interval)}${over[interval.over]}`;
  return `${differenceText(metric, one.mean)}${named ? ` against ${called(one.against)}` : ""}${range}, ${seeds}${coldStartText(one)}`;
}

/** A line for each comparison, with all that it rests on. */
export function verdictLine(one: CellComparison, metric: ComparedMetric): string {
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
  const said = one.noVerdict === null ? verdict(one, metric) : `no verdict, since ${one.noVerdict.clause}`;
  return `${called(one.cell)}: ${numbers(one, metric, true)}${corrected}: ${said}.${worst}`;
}

/** How sure that is: for what it holds, both kinds of chance, what such a grid could have seen, what it would take. */
export function certainty(comparisons: readonly CellComparison[], metric: ComparedMetric): string[] {
  const made = comparisons.filter(({ perSeed }) => perSeed.length > 0);
  const judged = made.filter(({ noVerdict }) => noVerdict === null);
  if (made.length === 0) return [];
  return [
    ...measurements(made),
    ...collapses(made),
    ...tooFew(judged),
    ...generalisation(judged),
    ...chances(judged, metric),
    ...powerSentences(judged, metric),
  ];
}

/** What to know of intervals and tests at this number of seeds. */
export function cautions(comparisons: readonly CellComparison[]): string[] {
  const made = comparisons.filter(({ perSeed }) => perSeed.length > 0);
  const smallest = made.flatMap(({ signFlip }) => signFlip?.smallest ?? []);
  const least = Math.min(1, ...smallest);
  const intervals = [...new Set(made.flatMap(({ interval }) => interval?.coverageWarning ?? []))];
  return [
    ...intervals.map((text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`),
    ...(smallest.length > 0 && least > LEVEL
      ? [
          `Sign flips alone can’t go below ${pText(least)} with so few pairs: a claim at the 5 % level rests on the t test, which takes mean differences for about normal.`,
        ]
      : []),
    ...(smallest.length > 0
      ? ["All of it holds for a number of seeds that was fixed beforehand, not for one chosen by looking."]
      : []),
  ];
}

/** Where the variant is measured in another way on purpose, the difference is that. */
function measurements(made: readonly CellComparison[]): string[] {
  const some = made.filter(({ measuredDifferently }) => measuredDifferently.length > 0);
  if (some.length === 0) return [];
  const names = [...new Set(some.flatMap(({ measuredDifferently }) => measuredDifferently))];
  return [
    `${namesOf(some)} ${some.length === 1 ? "is" : "are"} measured in another way than ${some.length === 1 ? called(some[0]!.against) : "what they are compared with"} (${listing(names)}): the difference is the measurement’s, not training’s.`,
  ];
}

function tooFew(judged: readonly CellComparison[]): string[] {
  const counts = judged.map(({ perSeed }) => perSeed.length);
  if (counts.length === 0) return [];
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  if (most === 1) return ["One seed can’t tell a difference from chance between seeds, so no winner is named."];
  const coldStarts = judged.filter(({ coldStarts: count }) => count !== null && count > 1 && count < PROVEN_SEEDS);
  if (fewest >= PROVEN_SEEDS)
    return coldStarts.length === 0
      ? []
      : [
          `${Math.min(...coldStarts.map((one) => one.coldStarts!))} cold starts can’t show a difference that holds for others: below ${PROVEN_SEEDS} no interval is proven to hold, so no winner is named.`,
        ];
  if (fewest === most)
    return [
      `${fewest} seeds can’t show a difference: below ${PROVEN_SEEDS} no interval is proven to hold, so no winner is named.`,
    ];
  const few = judged.filter(({ perSeed }) => perSeed.length < PROVEN_SEEDS);
  return [`${namesOf(few)} can’t be called different: below ${PROVEN_SEEDS} paired seeds no interval is proven to hold.`];
}

/** Where collapsed runs make the spread, the mean says less than the rate. */
function collapses(made: readonly CellComparison[]): string[] {
  const some = made.filter(({ countedAsWorst }) => countedAsWorst > 0);
  if (some.length === 0) return [];
  const names = listing(some.slice(0, SPELT_OUT).map(({ cell }) => called(cell)));
  return [
    `In the comparison of ${names} collapsed runs without an evaluation count as the worst there is, which widens its interval: look at the rate of collapses too (training stability).`,
  ];
}

function chances(judged: readonly CellComparison[], metric: ComparedMetric): string[] {
  const largest = (pick: (one: CellComparison) => number | null) => {
    const all = judged.flatMap((one) => (one.spreadless ? [] : (pick(one) ?? [])));
    return all.length === 0 ? null : Math.max(...all);
  };
  const [seeds, items] = [
    largest(({ standardError }) => standardError.seeds),
    largest(({ standardError }) => standardError.items),
  ];
  const [a, upTo] = judged.length > 1 ? ["a", "up to "] : ["the", ""];
  const some = judged.find((one) => one.items !== null);
  const count = some?.grouped ? questions(some.items!, true) : some?.items;
  const other = judged.some(({ coldStarts }) => coldStarts !== null && coldStarts > 1) ? "cold starts and seeds" : "seeds";
  const parts = [
    ...(seeds === null ? [] : [`other ${other} would move ${a} difference by ${upTo}±${amountText(metric, seeds)}`]),
    ...(items === null
      ? []
      : [
          `other test questions (${count}) ${seeds === null ? `would move ${a} difference ` : ""}by ${upTo}±${amountText(metric, items)}`,
        ]),
  ];
  return parts.length === 0 ? [] : [`Two kinds of chance: ${listing(parts)} (standard errors).`];
}
