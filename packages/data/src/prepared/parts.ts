import { drawn } from "./file-hash.ts";

/** What of a row says which others must stay with it. */
export interface Tied {
  readonly id: string;
  readonly group?: string;
  /** Hashes of its pictures. */
  readonly pictures: readonly string[];
}
/** What rows of two parts may not share: picture: no picture and no group; group: no group; row: they may share anything. */
export type SharedBy = "picture" | "group" | "row";

/**
 * Rows that belong together, as lists of their places: connected by a picture or a group that two of them have, over any number of rows between.
 * The components are in the order of their first rows.
 */
export function components(rows: readonly Tied[], by: SharedBy): number[][] {
  const parent = Int32Array.from(rows, (_, index) => index);
  const rootOf = (index: number): number => {
    let root = index;
    while (parent[root] !== root) root = parent[root]!;
    for (let at = index; at !== root;) [at, parent[at]] = [parent[at]!, root];
    return root;
  };
  const firstWith = new Map<string, number>();
  rows.forEach(({ group, pictures }, index) => {
    const ties =
      by === "row"
        ? []
        : [
            ...(group === undefined ? [] : [`group ${group}`]),
            ...(by === "picture" ? pictures.map((picture) => `picture ${picture}`) : []),
          ];
    for (const tie of ties) {
      const first = firstWith.get(tie);
      if (first === undefined) firstWith.set(tie, index);
      else {
        const [one, other] = [rootOf(first), rootOf(index)];
        parent[Math.max(one, other)] = Math.min(one, other);
      }
    }
  });
  const lists = new Map<number, number[]>();
  for (let index = 0; index < rows.length; index++) {
    const root = rootOf(index);
    const list = lists.get(root);
    if (list === undefined) lists.set(root, [index]);
    else list.push(index);
  }
  return [...lists.values()];
}

/**
 * Rows divided into parts of these shares; what is left is the last list. Components stay whole and are taken in an order that is drawn from their smallest id,
 * each into the first part that it brings nearer to its share. So the same rows and seed give the same parts, in whatever order the rows stand.
 */
export function dividedRows(rows: readonly Tied[], shares: readonly number[], by: SharedBy, seed: number): number[][] {
  const named = components(rows, by).map((list) => {
    const name = list.reduce((least, index) => (rows[index]!.id < least ? rows[index]!.id : least), rows[list[0]!]!.id);
    return { list, name, order: drawn(seed, "split", name) };
  });
  named.sort((a, b) => a.order - b.order || (a.name < b.name ? -1 : 1));
  const wanted = shares.map((share) => Math.round(share * rows.length));
  const parts: number[][] = [...shares.map(() => []), []];
  for (const { list } of named) {
    const at = wanted.findIndex(
      (count, part) => Math.abs(parts[part]!.length + list.length - count) < Math.abs(parts[part]!.length - count),
    );
    parts.at(at)!.push(...list);
  }
  return parts.map((part) => part.sort((a, b) => a - b));
}

/** The first `share` of the names, in an order that is drawn for each name by itself: a larger share contains a smaller one. Their places, in order. */
export function nestedShare(names: readonly string[], share: number, seed: number, purpose: string): number[] {
  const order = names.map((name, index) => ({ index, name, at: drawn(seed, purpose, name) }));
  order.sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1));
  return order
    .slice(0, Math.round(share * names.length))
    .map(({ index }) => index)
    .sort((a, b) => a - b);
}
