/**
 * An experiment's values before they are checked: plain data in which every node knows where it came from.
 * Layers (preset, file, variant, flag) are merged as trees, so the origin of each value survives the merge.
 */
export type Origin =
  | { readonly from: "file"; readonly start: number; readonly end: number; readonly keyStart?: number; readonly keyEnd?: number }
  /** `chosenAt`: where the preset was chosen. */
  | { readonly from: "preset"; readonly name: string; readonly chosenAt?: Origin }
  | { readonly from: "flag"; readonly text: string };

export type Tree =
  | { readonly type: "scalar"; readonly value: unknown; readonly origin: Origin }
  | { readonly type: "map"; readonly entries: ReadonlyMap<string, Tree>; readonly origin: Origin }
  | { readonly type: "list"; readonly items: readonly Tree[]; readonly origin: Origin };

export type Path = readonly (string | number)[];

/** Plain data as a tree whose every node has the one origin. */
export function treeOf(value: unknown, origin: Origin): Tree {
  if (Array.isArray(value)) return { type: "list", items: value.map((item) => treeOf(item, origin)), origin };
  if (typeof value === "object" && value !== null)
    return { type: "map", entries: new Map(Object.entries(value).map(([key, item]) => [key, treeOf(item, origin)])), origin };
  return { type: "scalar", value, origin };
}

/** The same values, all from one place. */
export function withOrigin(tree: Tree, origin: Origin): Tree {
  if (tree.type === "scalar") return { ...tree, origin };
  if (tree.type === "list") return { ...tree, items: tree.items.map((item) => withOrigin(item, origin)), origin };
  return { ...tree, entries: new Map([...tree.entries].map(([key, item]) => [key, withOrigin(item, origin)])), origin };
}

/** A tree's values, without their places. */
export function plain(tree: Tree): unknown {
  if (tree.type === "scalar") return tree.value;
  if (tree.type === "list") return tree.items.map(plain);
  return Object.fromEntries([...tree.entries].map(([key, item]) => [key, plain(item)]));
}

/** The node at a path, or undefined. */
export function at(tree: Tree | undefined, path: Path): Tree | undefined {
  let node = tree;
  for (const step of path) {
    if (node?.type === "map") node = node.entries.get(String(step));
    else if (node?.type === "list") node = node.items[Number(step)];
    else return undefined;
  }
  return node;
}

/** The node at a path or, failing that, the nearest one above it. */
export function nearest(tree: Tree, path: Path): Tree {
  for (let length = path.length; length > 0; length--) {
    const node = at(tree, path.slice(0, length));
    if (node) return node;
  }
  return tree;
}

/**
 * `upper` laid over `lower`. Maps merge key by key, everything else replaces. A map with `use` names a component and replaces the slot whole;
 * a map without it changes single options of the component already there, which may have been written as a bare name.
 */
export function merge(lower: Tree | undefined, upper: Tree): Tree {
  if (lower === undefined || upper.type !== "map" || upper.entries.has("use")) return upper;
  const base =
    lower.type === "map" ? lower.entries : isName(lower) && upper.entries.size > 0 ? new Map([["use", lower]]) : undefined;
  if (base === undefined) return upper;
  const entries = new Map(base);
  for (const [key, item] of upper.entries) entries.set(key, merge(entries.get(key), item));
  return { type: "map", entries, origin: lower.type === "map" ? lower.origin : upper.origin };
}

function isName(tree: Tree): boolean {
  return tree.type === "scalar" && typeof tree.value === "string";
}

/** A tree that holds only `value`, at `path`. */
export function nest(path: readonly string[], value: Tree): Tree {
  return path.reduceRight<Tree>((inner, key) => ({ type: "map", entries: new Map([[key, inner]]), origin: value.origin }), value);
}
