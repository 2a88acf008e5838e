import { keysOfWay, metricPath, valueOfWay } from "@rewardlab/core/host";
import { finiteOf, listOf, recordOf, textOf } from "./plain.ts";
import type { Plain } from "./plain.ts";
import type { GridRun } from "./grid-run.ts";

/** A metric that is a mean over test items, item by item; `values` have the metric as their mean. */
export interface ItemValues {
  /** Who each item is; null where the run was made before that was kept. */
  readonly ids: readonly string[] | null;
  readonly values: readonly number[];
  /** Items that belong together are one here: a picture with all its questions, say. */
  readonly unit: "item" | "group";
}

/**
 * The metric `<stage>.<way>` of a run by test item; null where it is no mean over items, or the run didn't keep what it is made of.
 *
 * A mean over some items (one kind) is one over those; a mean over responses some of which are invalid is a ratio of two sums, and so is one over groups of
 * different sizes. Such a ratio R = Σ xᵤ / Σ nᵤ over units u is taken by its linear part, whose mean is R and whose spread is R's own (Cochran 1977,
 * Sampling Techniques, § 2.11):
 *
 *     vᵤ = R + (xᵤ − R nᵤ) / n̄
 */
export function metricByItem({ stages }: Pick<GridRun, "stages">, path: string): ItemValues | null {
  const { stage, way: text } = metricPath(path);
  const results = recordOf(stages.findLast(({ name }) => name === stage)?.results);
  const measured = finiteOf(valueOfWay(results, text));
  const way = keysOfWay(results, text);
  const items = measured === null ? null : itemsOf(results);
  if (measured === null || items === null || way === null) return null;
  const parts = partsOf(items, way);
  const made = parts && unitsOf(items, parts, way[0] === "accuracyPlus");
  if (made === null || made.values.length < 2) return null;
  const mean = made.values.reduce((a, b) => a + b, 0) / made.values.length;
  return Math.abs(mean - measured) <= SAME ? made : null; // else the file's numbers don't belong together
}

/** Larger than any rounding of a number in a file that people read. */
const SAME = 1e-3;

/** What a results file says of each item, read as columns. */
interface Items {
  readonly count: number;
  readonly samples: number | null;
  readonly right: readonly number[];
  readonly votes: readonly (readonly [right: number, wrong: number])[] | null;
  readonly ids: readonly string[] | null;
  readonly groups: readonly number[] | null;
  readonly record: Plain;
}

/** Several metrics are made of the same columns. */
function itemsOf(results: Plain): Items | null {
  const known = read.get(results);
  if (known !== undefined) return known;
  const items = readItems(results);
  read.set(results, items);
  return items;
}
const read = new WeakMap<Plain, Items | null>();

function readItems(results: Plain): Items | null {
  const right = numbersOf(results.perItem);
  if (right === null || right.length === 0) return null;
  const votes = listOf(results.votesPerItem).flatMap((pair) => {
    const [yes, no] = listOf(pair).map(finiteOf);
    return typeof yes === "number" && typeof no === "number" ? [[yes, no] as const] : [];
  });
  const count = right.length;
  const record = recordOf(results.byItem);
  return {
    count,
    samples: finiteOf(results.samples),
    right,
    votes: votes.length === count ? votes : null,
    ids: textOf(record.items)?.split(" ") ?? null,
    groups: columnOf(record.groups, { count }),
    record,
  };
}

/** Numbers between blanks, or a list of them; null where one is missing. */
function numbersOf(value: unknown): readonly number[] | null {
  const parts = typeof value === "string" ? value.split(" ").map((part) => (part === "" ? null : Number(part))) : listOf(value);
  const numbers = parts.map(finiteOf);
  return numbers.every((number) => number !== null) ? numbers : null;
}

function columnOf(value: unknown, { count }: Pick<Items, "count">): readonly number[] | null {
  const numbers = numbersOf(value);
  return numbers !== null && numbers.length === count ? numbers : null;
}

/** For each item, whether it is one that the metric is about by its design. */
function named(column: unknown, name: string | undefined, items: Items): readonly boolean[] | null {
  const { names, of } = recordOf(column);
  const places = columnOf(of, items);
  const place = listOf(names).indexOf(name);
  return places === null || place === -1 ? null : places.map((own) => own === place);
}

/** Numerator and denominator of each item; `about` leaves items out altogether. */
interface Parts {
  readonly sums: readonly number[];
  readonly counts: readonly number[];
  readonly about?: readonly boolean[];
}

/** null: not a mean over items, or not known by item. */
function partsOf(items: Items, way: readonly string[]): Parts | null {
  const { right, votes, samples, record, count } = items;
  const ones = Array.from({ length: count }, () => 1);
  const each = (sums: readonly number[] | null) => (sums === null ? null : { sums, counts: ones });
  const among = (about: readonly boolean[] | null) => (about === null ? null : { sums: right, counts: ones, about });
  const [first, name = "", third, last] = way;
  if (way.length === 1 && (first === "accuracy" || first === "accuracyPlus")) return each(right);
  if (way.length === 1 && first === "unreadable")
    return each(votes === null || !samples ? null : votes.map(([yes, no]) => (samples - yes - no) / samples));
  if (way.length === 2 && first === "voting") return each(majorities(items, Number(name), recordOf(record.voting)[name]));
  if (way.length === 3 && first === "byKind" && third === "accuracy") return among(named(record.kinds, name, items));
  if (way.length === 4 && first === "byAnswer" && last === "accuracy") {
    const [kind, answer] = [named(record.kinds, name, items), named(record.answers, third, items)];
    return among(kind && answer && kind.map((yes, item) => yes && answer[item]!));
  }
  const preferred = columnOf(record.preferred, items);
  if (way.length === 3 && first === "byPreferred" && preferred !== null) {
    const isIt = preferred.map((better) => String(better) === name);
    if (third === "accuracy") return among(isIt);
    if (third === "chosen" && votes !== null && samples)
      return each(votes.map(([yes, no], item) => (isIt[item] ? yes : no) / samples));
  }
  if (way.length === 2 && first === "rules") {
    const { sums, valid } = recordOf(recordOf(record.rules)[name]);
    const [own, counts] = [columnOf(sums, items), columnOf(valid, items)];
    if (own === null || !samples || (valid !== undefined && counts === null)) return null;
    return { sums: own, counts: counts ?? own.map(() => samples) };
  }
  return null;
}

/** A majority of all samples, or of one, can be told from the votes; of some of them it was kept. */
function majorities({ right, votes, samples, count }: Items, size: number, kept: unknown): readonly number[] | null {
  if (size === 1) return right;
  const halves = numbersOf(kept);
  if (samples && halves !== null && halves.length === count) return halves.map((won) => won / 2 / Math.floor(samples / size));
  if (size !== samples || votes === null) return null;
  return votes.map(([yes, no]) => (yes > no ? 1 : yes < no || yes === 0 ? 0 : 0.5));
}

function unitsOf(items: Items, { sums, counts, about }: Parts, product: boolean): ItemValues | null {
  const { ids, groups } = items;
  if (ids !== null && ids.length !== items.count) return null;
  if (groups === null && items.record.groups !== undefined) return null; // taken one by one they would seem to be more than they are
  if (product && groups === null) return null;
  const units = new Map<number, { sum: number; count: number; product: number; readonly id: string[] }>();
  for (let item = 0; item < items.count; item++) {
    if (about?.[item] === false) continue;
    const key = groups?.[item] ?? item;
    const unit = units.get(key) ?? { sum: 0, count: 0, product: 1, id: [] };
    unit.sum += sums[item]!;
    unit.count += counts[item]!;
    unit.product *= sums[item]!;
    if (ids) unit.id.push(ids[item]!);
    units.set(key, unit);
  }
  const all = [...units.values()];
  const total = all.reduce((sum, { count }) => sum + count, 0);
  const ratio = all.reduce((sum, one) => sum + one.sum, 0) / total;
  const even = all.every(({ count }) => count === all[0]!.count);
  const values = all.map(({ sum, count, product: allRight }) =>
    product ? allRight : even ? sum / count : ratio + ((sum - ratio * count) * all.length) / total,
  );
  return {
    ids: ids && all.map(({ id }) => id.join("+")),
    values,
    unit: groups === null ? "item" : "group",
  };
}
