import { stepLabels } from "../plugin/chain.ts";
import { join } from "./resolve.ts";
import { suggestion } from "../plugin/suggestion.ts";
import type { Problem } from "./problems.ts";
import { at } from "./tree.ts";
import type { Tree } from "./tree.ts";

/**
 * Changes to a chain by the names of its steps, in the place of a list:
 *
 *     advantage: { without: three-sigma-filter }                      # or a list of names
 *     advantage: { insteadOf: { whiten: { use: whiten, variance: unbiased } } }
 *     advantage: { before: { whiten: score-clip }, after: { whiten: [a, b] } }
 *     advantage: { three-sigma-filter: { sigmas: 2 } }                # options of a step
 *
 * All names mean the chain as it is below, so several changes in one map don't depend on their order.
 */
const PLACES = ["insteadOf", "before", "after"] as const;
const EDITS: readonly string[] = ["without", ...PLACES];
type MapTree = Tree & { type: "map" };

/** Whether it can only mean changes to a chain. */
export function isChainEdit(tree: Tree): boolean {
  return tree.type === "map" && !tree.entries.has("use") && EDITS.some((key) => tree.entries.has(key));
}

/** The steps that an edit names, as it names them. */
export function namedSteps(edit: Tree): string[] {
  return [...(edit.type === "map" ? edit.entries : [])].flatMap(([key, value]) => {
    if (key === "without") return namesIn(value).map(({ name }) => name);
    if (!EDITS.includes(key)) return [key];
    return value.type === "map" ? [...value.entries.keys()] : [];
  });
}

export interface EditContext {
  readonly path: string;
  readonly problems: Problem[];
  /** A step with some of its options changed. */
  readonly changed: (step: Tree, options: Tree) => Tree;
}

/** The chain with the changes made; what is wrong with them is reported. */
export function editChain(chain: readonly Tree[], edit: MapTree, { path, problems, changed }: EditContext): Tree {
  const names = chain.map(stepName);
  const labels = stepLabels(names);
  const done = chain.map((step) => ({
    step: [step] as readonly Tree[],
    before: [] as readonly Tree[],
    after: [] as readonly Tree[],
  }));
  const taken = new Set<number>();
  const found = (where: string, message: string, { origin }: Tree, atKey = false) =>
    void problems.push({ path: where, message, origin, atKey });

  /** Which step a name means. */
  const indexOf = (name: string, where: string, node: Tree, atKey: boolean): number | undefined => {
    const index = labels.indexOf(name);
    if (index !== -1) return index;
    const unique = names.indexOf(name.replace(/#1$/, ""));
    if (unique !== -1 && labels[unique] === names[unique] && name.endsWith("#1")) return unique;
    const same = labels.filter((_, position) => names[position] === name);
    const message =
      same.length > 1
        ? `"${name}" is in the chain ${same.length === 2 ? "twice" : `${same.length} times`}: expected ${same.join(" or ")}`
        : `the chain has no step "${name}".${suggestion(name, labels)}`;
    return void found(where, message, node, atKey);
  };
  /** Only one change to the step itself: it can't be gone and another at once. */
  const take = (name: string, where: string, node: Tree, atKey: boolean): number | undefined => {
    const index = indexOf(name, where, node, atKey);
    if (index !== undefined && taken.has(index))
      return void found(where, `changes ${labels[index]} a second time: expected one change to a step`, node, atKey);
    if (index !== undefined) taken.add(index);
    return index;
  };

  for (const [key, value] of edit.entries) {
    const where = join(path, [key]);
    if (key === "without") {
      const gone = namesIn(value);
      if (gone.length === 0)
        found(where, `expected the name of a step, or a list of names. There are: ${labels.join(", ")}`, value);
      for (const { name, node } of gone) {
        const index = take(name, where, node, false);
        if (index !== undefined) done[index] = { ...done[index]!, step: [] };
      }
    } else if (EDITS.includes(key)) {
      if (value.type !== "map" || value.entries.size === 0) {
        found(
          where,
          `expected { step: what ${key === "insteadOf" ? "takes its place" : `comes ${key} it`} }, e.g. { ${labels[0]}: ${labels.at(-1)} }`,
          value,
        );
        continue;
      }
      for (const [name, given] of value.entries) {
        const place = join(where, [name]);
        const index = key === "insteadOf" ? take(name, place, given, true) : indexOf(name, place, given, true);
        const slot = key === "insteadOf" ? "step" : (key as "before" | "after");
        if (index !== undefined) done[index] = { ...done[index]!, [slot]: given.type === "list" ? given.items : [given] };
      }
    } else if (!isNameOf(key, names, labels)) {
      found(
        where,
        `the chain has no step "${key}", and is changed by ${EDITS.join(", ")}.${suggestion(key, [...labels, ...EDITS])}`,
        value,
        true,
      );
    } else {
      const index = take(key, where, value, true);
      if (index === undefined) continue;
      if (value.type !== "map" || value.entries.has("use"))
        found(where, `expected options of ${key}; { insteadOf: { ${key}: … } } puts another step in its place`, value);
      else done[index] = { ...done[index]!, step: [changed(chain[index]!, value)] };
    }
  }
  return { type: "list", items: done.flatMap(({ before, step, after }) => [...before, ...step, ...after]), origin: edit.origin };
}

/** Whether a key names a step, be it not clearly. */
export function namesStep(key: string, chain: readonly Tree[]): boolean {
  const names = chain.map(stepName);
  return isNameOf(key, names, stepLabels(names));
}

function isNameOf(key: string, names: readonly string[], labels: readonly string[]): boolean {
  return labels.includes(key) || names.includes(key.replace(/#\d+$/, ""));
}

/** `whiten` or `{ use: whiten, … }`. */
function stepName(step: Tree): string {
  const use = at(step, ["use"]) ?? step;
  return use.type === "scalar" ? String(use.value) : "";
}

function namesIn(value: Tree): { name: string; node: Tree }[] {
  const nodes = value.type === "list" ? value.items : [value];
  return nodes.flatMap((node) => (node.type === "scalar" && typeof node.value === "string" ? [{ name: node.value, node }] : []));
}
