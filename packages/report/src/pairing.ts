import type { ItemValues } from "./item-values.ts";

/** Runs' values of the very same items, a row each, the items in the first run's order; or why they can't be laid side by side. */
export type Paired = { readonly rows: readonly (readonly number[])[] } | { readonly why: string };

/**
 * Items are paired by who they are. Where no run says that (all were made before it was kept), or some don't but the runs read the same data, equal numbers
 * of items are taken for the same ones in the same order.
 */
export function pairItems(all: readonly (ItemValues | null)[], sameData: boolean): Paired {
  const known = all.filter((one) => one !== null);
  if (known.length === 0) return { why: "no run says what it is made of, item by item" };
  if (known.length < all.length)
    return { why: `${all.length - known.length} of ${all.length} runs don’t say what it is made of, item by item` };
  const [first] = known as [ItemValues];
  const other = known.find(({ values }) => values.length !== first.values.length);
  if (other) return { why: `runs have different numbers of items, ${first.values.length} and ${other.values.length}` };
  if (known.some(({ unit }) => unit !== first.unit)) return { why: "only some runs say which items belong together" };
  const named = known.filter(({ ids }) => ids !== null);
  if (named.length === 0 || (named.length < known.length && sameData)) return { rows: known.map(({ values }) => values) };
  if (named.length < known.length)
    return { why: `${known.length - named.length} of ${known.length} runs don’t say which items they are` };
  const places = new Map(first.ids!.map((id, place) => [id, place]));
  const rows = known.map(({ ids, values }) => ordered(ids!, values, first.ids!, places));
  return rows.every((row) => row !== null) ? { rows } : { why: "runs were measured on different items" };
}

/** null where they are other items, or the same name stands for two. */
function ordered(
  ids: readonly string[],
  values: readonly number[],
  wanted: readonly string[],
  places: ReadonlyMap<string, number>,
): readonly number[] | null {
  if (ids.every((id, place) => id === wanted[place])) return values;
  if (places.size < wanted.length || new Set(ids).size < ids.length) return null;
  const row = Array.from(values, () => NaN);
  for (const [index, id] of ids.entries()) {
    const place = places.get(id);
    if (place === undefined) return null;
    row[place] = values[index]!;
  }
  return row;
}
