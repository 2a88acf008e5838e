import { isChainEdit } from "../chain-edits.ts";
import { FormulaError } from "../../formula/formula.ts";
import { join } from "../resolve.ts";
import type { Problem, SourceText } from "../problems.ts";
import { at, plain, treeOf } from "../tree.ts";
import type { Origin, Tree } from "../tree.ts";
import { distinctLabels, shortPaths } from "./labels.ts";
import { arithmeticOf, numbersIn } from "./numbers.ts";
import { overlap, undoes } from "./overrides.ts";
import type { Override } from "./overrides.ts";

/** An axis of a grid: its points are tried one by one, with every combination of the other axes' points. */
export interface Axis {
  /** The last steps of its path, as in cells' names: learningRate. Of a zip: all of them. */
  readonly name: string;
  readonly paths: readonly string[];
  readonly points: readonly AxisPoint[];
}

export interface AxisPoint {
  /** e.g. 1e-3; of a zip: 1e-3, 96 */
  readonly label: string;
  /** As in a cell's name: learningRate=1e-3. */
  readonly text: string;
  readonly overrides: readonly Override[];
}

/**
 * The axes of an experiment. `grid:` crosses its axes; `zip:` pairs the values of its ones, and is an axis itself.
 *
 *     grid:
 *       stages.rl.optimizer.learningRate: logspace(-4, -2, 3)
 *       stages.rl.loss.ratio: [token, { use: pre-clip, low: 0.5, high: 2 }]
 *       stages.rl.reward.formula: { plain: accuracy, shaped: accuracy + 0.5 * format }     # named values
 *     zip:
 *       stages.rl.iterations: [40, 80]
 *       stages.rl.rollout.prompts: [96, 192 / 4]
 */
export function axesOf(layer: Tree, source: SourceText, problems: Problem[]): Axis[] {
  const lists = (key: string) => {
    const section = at(layer, [key]);
    return section?.type === "map" ? [...section.entries].map(([path, tree]) => listOf(key, path, tree, source, problems)) : [];
  };
  const [grid, zip] = [lists("grid"), lists("zip")];
  const all = [...grid, ...zip];
  for (const [index, { key, path, origin, values }] of all.entries()) {
    const undone = (before: ValueList) =>
      before.values.some((one) =>
        values.some(({ tree }) => undoes({ path: before.path, value: one.tree }, { path, value: tree })),
      );
    const other = all.slice(0, index).find((before) => overlap(before.path, path) && undone(before));
    if (other)
      problems.push({
        path: `${key}.${path}`,
        message: `${other.key} sets ${other.path} already, and one would undo the other`,
        origin,
        atKey: true,
      });
  }
  const names = shortPaths(all.map(({ path }) => path));
  const axes = grid.map((list) => crossed(list, names.get(list.path)!));
  return zip.length === 0 ? axes : [...axes, ...paired(zip, names, layer, problems)];
}

/** What is written at one path of `grid:` or `zip:`. */
interface ValueList {
  readonly key: string;
  readonly path: string;
  readonly origin: Origin;
  readonly values: readonly { readonly label: string; readonly tree: Tree }[];
}

function crossed({ path, values }: ValueList, name: string): Axis {
  const points = values.map(({ label, tree }) => ({ label, text: `${name}=${label}`, overrides: [{ path, value: tree }] }));
  return { name, paths: [path], points };
}

function paired(lists: readonly ValueList[], names: ReadonlyMap<string, string>, layer: Tree, problems: Problem[]): Axis[] {
  const lengths = lists.map(({ values }) => values.length);
  if (new Set(lengths).size > 1) {
    const each = lists.map(({ path, values }) => `${names.get(path)} ${values.length}`).join(", ");
    if (!lengths.includes(0))
      // else what is wrong with that list is reported
      problems.push({
        path: "zip",
        message: `pairs lists of one length, and these differ: ${each}`,
        origin: at(layer, ["zip"])?.origin,
        atKey: true,
      });
    return [];
  }
  const points = Array.from({ length: lengths[0]! }, (_, index) => {
    const own = lists.map(({ path, values }) => ({ path, name: names.get(path)!, ...values[index]! }));
    return {
      label: own.map(({ label }) => label).join(", "),
      text: own.map(({ name, label }) => `${name}=${label}`).join(", "),
      overrides: own.map(({ path, tree }) => ({ path, value: tree })),
    };
  });
  const paths = lists.map(({ path }) => path);
  return [{ name: paths.map((path) => names.get(path)).join(", "), paths, points }];
}

const expected = "expected a list of values, a range such as linspace(0, 1, 5), or a map of named values";

function listOf(key: string, path: string, tree: Tree, source: SourceText, problems: Problem[]): ValueList {
  const { origin } = tree;
  const found = (message: string, more: Partial<Problem> = {}) =>
    void problems.push({ path: `${key}.${path}`, message, origin, ...more });
  const nothing = { key, path, origin, values: [] };
  if (tree.type === "scalar") {
    if (typeof tree.value !== "string") return (found(expected), nothing);
    try {
      const values = numbersIn(tree.value);
      if (new Set(values).size < values.length) return (found("gives the same number twice"), nothing);
      const labels = distinctLabels(values);
      return { ...nothing, values: values.map((value, index) => ({ label: labels[index]!, tree: treeOf(value, origin) })) };
    } catch (error) {
      if (!(error instanceof FormulaError)) throw error;
      return (found(`${error.message}; ${expected}`, { offset: error.column - 1 }), nothing);
    }
  }
  if (tree.type === "map") {
    if (tree.entries.has("use") || tree.entries.size === 0) return (found(expected), nothing);
    if (isChainEdit(tree)) return (found(`${expected}; one change of a chain is no axis, [{}, { without: … }] is`), nothing);
    return {
      ...nothing,
      values: [...tree.entries].map(([label, item]) => ({ label, tree: keyed(computed(item, source, found), origin) })),
    };
  }
  if (tree.items.length === 0) return (found("expected at least one value"), nothing);
  for (const [index, item] of tree.items.entries())
    if (item.type === "scalar" && typeof item.value === "string" && /^(lin|log)space\(/.test(item.value))
      return (
        found("a range stands alone, not in a list; beside { } it is written in quotes", {
          path: join(`${key}.${path}`, [index]),
          origin: item.origin,
        }),
        nothing
      );
  const items = tree.items.map((item) => keyed(computed(item, source, found), origin));
  const values = items.map(plain);
  const texts = values.map((value) => JSON.stringify(value));
  const twice = texts.findIndex((text, index) => texts.indexOf(text) < index);
  if (twice !== -1)
    return (
      found(`${texts[twice]} is there twice`, { path: join(`${key}.${path}`, [twice]), origin: tree.items[twice]!.origin }),
      nothing
    );
  const labels = distinctLabels(values);
  return { ...nothing, values: items.map((item, index) => ({ label: labels[index]!, tree: item })) };
}

/** A text that is arithmetic stands for its number; in quotes it stays text. */
function computed(tree: Tree, source: SourceText, found: (message: string, more: Partial<Problem>) => void): Tree {
  if (tree.type !== "scalar" || typeof tree.value !== "string") return tree;
  if (tree.origin.from === "file" && "\"'".includes(source.text[tree.origin.start]!)) return tree;
  try {
    const value = arithmeticOf(tree.value);
    return value === null || !Number.isFinite(value) ? tree : { ...tree, value };
  } catch (error) {
    if (!(error instanceof FormulaError)) throw error;
    found(error.message, { origin: tree.origin, offset: error.column - 1 });
    return tree;
  }
}

/** A value that knows the key of its axis: what is wrong with the path is shown there. */
function keyed(tree: Tree, axis: Origin): Tree {
  if (tree.origin.from !== "file" || axis.from !== "file") return tree;
  const { keyStart, keyEnd } = axis;
  return {
    ...tree,
    origin: { ...tree.origin, ...(keyStart === undefined ? {} : { keyStart }), ...(keyEnd === undefined ? {} : { keyEnd }) },
  };
}
