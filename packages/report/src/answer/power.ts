import type { CellComparison } from "../comparisons.ts";
import { PROVEN_SEEDS } from "../level.ts";
import type { ComparedMetric } from "../metric.ts";
import { called, questions, signedDifference, amountText } from "../metric-wording.ts";
import { counted, listing } from "../wording.ts";

/** More variants than this are not all named. */
const SPELT_OUT = 4;

type Known = CellComparison & { readonly detectable: number };

/**
 * What was not told apart: how large a difference such a grid would have found, and what it would take to find one as large as measured. By the model that the
 * verdict follows, seeds and questions together; of what was told apart nothing of the kind is left to say.
 */
export function powerSentences(judged: readonly CellComparison[], metric: ComparedMetric): string[] {
  const open = judged.filter((one): one is Known => !one.distinguishable && one.detectable !== null);
  if (open.length === 0) return [];
  return [seen(open, judged.length, metric), ...needed(open, metric), ...hidden(open)];
}

function seen(open: readonly Known[], comparisons: number, metric: ComparedMetric): string {
  const hardest = open.reduce((a, b) => (b.detectable > a.detectable ? b : a));
  const { perSeed, coldStarts, items, grouped, detectable } = hardest;
  const seeds =
    coldStarts !== null && coldStarts > 1
      ? `${counted(coldStarts, "cold start")}, ${perSeed.length} paired seeds`
      : `${perSeed.length} paired seeds`;
  const among = comparisons > 1 ? ` and ${comparisons} comparisons` : "";
  const withWhat = `${seeds}, ${questions(items!, grouped)}${among}`;
  if (metric.isShare && detectable > 0.5)
    // no gain over guessing is larger
    return `With ${withWhat} and this spread, no difference that is possible would be found four times out of five.`;
  return isFew(hardest)
    ? `A test over ${withWhat} would need a true difference of ${amountText(metric, detectable)} to find it four times out of five.`
    : `With ${withWhat}, a true difference of ${amountText(metric, detectable)} would be found four times out of five.`;
}

const isFew = ({ perSeed, coldStarts }: CellComparison) =>
  (coldStarts !== null && coldStarts > 1 ? coldStarts : perSeed.length) < PROVEN_SEEDS;

function needed(open: readonly Known[], metric: ComparedMetric): string[] {
  const ways = (one: Known) => [
    ...(one.coldStartsNeeded === null ? [] : [`${one.coldStartsNeeded} cold starts`]),
    ...(one.seedsNeeded === null ? [] : [`${one.seedsNeeded} seeds${one.coldStartsNeeded === null ? "" : " of each"}`]),
    ...(one.itemsNeeded === null ? [] : [questions(one.itemsNeeded, one.grouped)]),
  ];
  const some = open.filter((one) => ways(one).length > 0);
  if (some.length === 0) return [];
  const most = some.toSorted((a, b) => Math.abs(a.mean!) - Math.abs(b.mean!)).slice(0, SPELT_OUT);
  const each = most.map(
    (one) => `about ${ways(one).join(" or ")} for ${called(one.cell)} (${signedDifference(metric, one.mean)})`,
  );
  return [
    `A true difference as large as measured would take, in a grid planned for it, ${listing(each)}, the rest as it is; the spread is itself known only roughly.`,
  ];
}

/** Where more of one thing alone is of no use. */
function hidden(open: readonly Known[]): string[] {
  const names = (some: readonly Known[]) =>
    some.length > SPELT_OUT
      ? `${some.length} of the differences`
      : `the difference of ${listing(some.map(({ cell }) => called(cell)))}`;
  const both = open.filter(({ itemsTooFew, seedsTooFew }) => itemsTooFew && seedsTooFew);
  const seeds = open.filter(({ itemsTooFew, seedsTooFew }) => itemsTooFew && !seedsTooFew);
  const items = open.filter(({ itemsTooFew, seedsTooFew }) => !itemsTooFew && seedsTooFew);
  const nested = seeds.some(({ coldStarts }) => coldStarts !== null && coldStarts > 1);
  const more = nested ? "more cold starts or test questions" : `more test questions than ${seeds[0]?.items}`;
  return [
    ...(seeds.length === 0 ? [] : [`More seeds alone would not show ${names(seeds)}: it takes ${more}.`]),
    ...(items.length === 0 ? [] : [`More test questions alone would not show ${names(items)}: it takes more seeds.`]),
    ...(both.length === 0
      ? []
      : [`Neither more seeds nor more test questions alone would show ${names(both)}: it takes more of both.`]),
  ];
}
