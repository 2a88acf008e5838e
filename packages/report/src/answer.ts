import { LEVEL } from "./level.ts";
import type { CellSummary, Comparison, Summary } from "./summary.ts";
import { counted, listing, percent, plainNumber, points, probability, short, tokenShare, unsignedPoints } from "./wording.ts";

type Numbers = Pick<Summary, "cells" | "comparisons" | "runs" | "seeds">;

/** More variants than this are summed up in one sentence; the table has them all. */
const SPELT_OUT = 3;

/**
 * The result in words, a paragraph each: what RL did, how sure that is, the variants, the guards. Made from the numbers alone. What was measured is said as it is; that a variant is better is said only where
 * the sign-flip test over seeds reaches p ≤ 0.05.
 */
export function answerOf({ cells, comparisons, ...rest }: Numbers): string[] {
  const called = (name: string) => short(name, 60);
  const numbers = {
    ...rest,
    cells: cells.map((cell) => Object.assign({}, cell, { name: called(cell.name) })),
    comparisons: comparisons.map((one) => Object.assign({}, one, { cell: called(one.cell), baseline: called(one.baseline) })),
  };
  const [main = "", ...caveats] = gainSentences(numbers);
  return [main, caveats.join(" "), comparisonSentences(numbers).join(" "), guardSentences(numbers).join(" ")].filter(
    (text) => text !== "",
  );
}

// ---------------------------------------------------------------- what RL did

type Evaluated = CellSummary & { readonly gain: number; readonly before: number; readonly after: number };

function gainSentences({ cells, runs }: Numbers): string[] {
  const measured = cells.flatMap((cell): Evaluated[] => {
    const { gain, accuracyAfter: after } = cell.mean;
    return gain === null || after === null ? [] : [{ ...cell, gain, before: after - gain, after }]; // before: of the runs that have both
  });
  if (measured.length === 0) {
    const evaluated = cells.filter(({ evaluated: count }) => count > 0);
    if (evaluated.length === 0)
      return [`No run has been evaluated after RL yet (of ${counted(runs, "run")}), so there is no result.`];
    return [
      `After RL the accuracy is ${listing(evaluated.map(({ name, mean }) => `${percent(mean.accuracyAfter)} with ${name}`))}; it was not measured before RL.`,
    ];
  }
  const shown = measured.length <= SPELT_OUT ? measured : extremes(measured);
  const sameStart = measured.every(({ before }) => Math.abs(before - measured[0]!.before) < 1e-9);
  const ends = shown.map(
    ({ name, before, after }) => `${sameStart ? "" : `from ${percent(before)} `}to ${percent(after)} with ${name}`,
  );
  const where = measured[0]!.items === null ? "" : ` on ${counted(measured[0]!.items, "test question")}`;
  const among = shown.length < measured.length ? `, lowest and highest of ${measured.length} variants` : "";
  const gains = measured.flatMap((cell) => cell.runs.flatMap(({ measures }) => measures.gain ?? []));
  return [
    `RL ${verb(measured)} accuracy${where} ${sameStart ? `from ${percent(measured[0]!.before)} ` : ""}${listing(ends)}${among} ` +
      `(${listing(shown.map(gainText))} points; ${meanOf(measured)}).`,
    `${agreement(gains)}${itemSentence(measured)}`,
  ];
}

function extremes(cells: readonly Evaluated[]): Evaluated[] {
  const order = [...cells].sort((a, b) => a.after - b.after);
  return [order[0]!, order.at(-1)!];
}

/** "raised" only where no variant's gain could be the test items' chance. */
function verb(cells: readonly Evaluated[]): string {
  const clear = cells.every(({ gain, gainItemError }) => gainItemError !== null && Math.abs(gain) > 2 * gainItemError);
  if (clear && cells.every(({ gain }) => gain > 0)) return "raised";
  if (clear && cells.every(({ gain }) => gain < 0)) return "lowered";
  return "took";
}

const gainText = ({ gain }: Evaluated) => points(gain);

function meanOf(cells: readonly Evaluated[]): string {
  const counts = [...new Set(cells.map(({ evaluated }) => evaluated))];
  if (counts.length > 1) return `means of ${Math.min(...counts)} to ${Math.max(...counts)} seeds`;
  return counts[0] === 1 ? "one seed" : `mean${cells.length > 1 ? "s" : ""} of ${counts[0]} seeds`;
}

function agreement(gains: readonly number[]): string {
  if (gains.length === 1) return "It is a single run.";
  const up = gains.filter((gain) => gain > 0).length;
  if (up === gains.length) return `All ${gains.length} runs gained.`;
  return up === 0 ? `None of the ${gains.length} runs gained.` : `${up} of ${gains.length} runs gained.`;
}

function itemSentence(cells: readonly Evaluated[]): string {
  const errors = cells.flatMap(({ gainItemError }) => gainItemError ?? []);
  return errors.length === 0
    ? ""
    : ` Another set of test questions would move a gain by about ±${unsignedPoints(Math.max(...errors))} points (standard error over questions).`;
}

// ---------------------------------------------------------------- variants against the baseline

function comparisonSentences({ comparisons }: Numbers): string[] {
  const made = comparisons.filter(({ perSeed }) => perSeed.length > 0);
  if (made.length === 0) return [];
  const pairs = Math.min(...made.map(({ perSeed }) => perSeed.length));
  const undecided = made.filter(({ distinguishable }) => !distinguishable);
  const decided = made.filter(({ distinguishable }) => distinguishable);
  const sentences = decided.map(
    (one) =>
      `${one.cell} is ${one.mean! > 0 ? "better" : "worse"} than ${one.baseline} by ${unsignedPoints(one.mean!)} points (${paired(one)}, p = ${probability(one.pValue!)}).`,
  );
  if (undecided.length > 0 && undecided.length <= SPELT_OUT) sentences.push(...undecided.map(undecidedSentence));
  else if (undecided.length > 0)
    sentences.push(
      `Not distinguishable from ${undecided[0]!.baseline}: ${listing(undecided.map((one) => `${one.cell} (${points(one.mean)})`))}.`,
    );
  if (undecided.length > 0 && !canDecide(pairs, made.length)) sentences.push(tooFew(pairs, made.length));
  return sentences;
}

function undecidedSentence(one: Comparison): string {
  const items =
    one.itemError === null ? "" : ` The test questions alone leave ±${unsignedPoints(one.itemError)} points (standard error).`;
  const size = `${unsignedPoints(one.mean!)} points`;
  if (one.perSeed.length === 1) return `Between ${one.baseline} and ${one.cell} the difference is ${size} in one seed.${items}`;
  return `Between ${one.baseline} and ${one.cell} the difference is ${size} (${one.cell} minus ${one.baseline}: ${listing(one.perSeed.map(({ difference }) => points(difference)))} in ${one.perSeed.length} paired seeds, p = ${probability(one.pValue!)}).${items}`;
}

function paired({ perSeed }: Comparison): string {
  return `${perSeed.length} paired seeds, exact sign-flip test`;
}

/** Whether so many pairs can reach the level at all, with so many comparisons. */
function canDecide(pairs: number, comparisons: number): boolean {
  return (2 / 2 ** pairs) * comparisons <= LEVEL;
}

/** The fewest seeds with which a difference could be claimed. */
export function seedsNeeded(comparisons: number): number {
  let pairs = 1;
  while (!canDecide(pairs, comparisons)) pairs += 1;
  return pairs;
}

function tooFew(pairs: number, comparisons: number): string {
  const needed = seedsNeeded(comparisons);
  const among = comparisons > 1 ? ` and ${comparisons} comparisons` : "";
  return (
    `${pairs === 1 ? "One seed" : `${pairs} seeds`} can’t tell whether that is chance: with ${counted(pairs, "pair")}${among} the sign-flip test cannot go below ` +
    `p = ${probability(Math.min(1, (2 / 2 ** pairs) * comparisons))}, so no winner is named. At least ${needed} seeds are needed for the 5 % level.`
  );
}

// ---------------------------------------------------------------- parts that did nothing can't be the reason

function guardSentences({ cells }: Numbers): string[] {
  const idle = cells.filter(({ mean }) => mean.preClippedFraction === 0);
  const filters = cells.filter(({ mean }) => mean.filteredFraction !== null);
  return [
    ...(idle.length === 0
      ? []
      : [
          `The clamp on the log ratio (Pre-CLIP) never acted in ${listing(idle.map(({ name }) => name))}: the largest |log ratio| was ` +
            `${plainNumber(Math.max(...idle.map(({ mean }) => mean.largestLogRatio ?? 0)))}, so it explains no difference here.`,
        ]),
    ...(filters.length === 0
      ? []
      : [
          `The advantage filter set ${listing(filters.map(({ name, mean }) => `${tokenShare(mean.filteredFraction)} of the tokens to 0 in ${name}`))}.`,
        ]),
  ];
}
