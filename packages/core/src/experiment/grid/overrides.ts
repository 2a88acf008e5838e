import { isChainEdit, namedSteps } from "../chain-edits.ts";
import { suggestion } from "../../plugin/suggestion.ts";
import type { Problem } from "../problems.ts";
import { pathSteps, unquotedPath } from "../dotted-path.ts";
import { stepLabels } from "../../plugin/chain.ts";
import { at, merge, nest } from "../tree.ts";
import type { Tree } from "../tree.ts";

/** One change to an experiment: the value at a dotted path. */
export interface Override {
  readonly path: string;
  readonly value: Tree;
}

/** `{ stages.rl.loss.ratio: token, … }` as a list; undefined where it is no map. */
export function overridesOf(tree: Tree | undefined): readonly Override[] | undefined {
  return tree?.type === "map" ? [...tree.entries].map(([path, value]) => ({ path, value })) : undefined;
}

/** Overrides as a layer to be laid over the file, `written`. What names no slot is reported. */
export function overrideLayer(
  overrides: readonly Override[],
  written: Tree,
  stageNames: readonly string[],
  problems: Problem[],
): Tree | undefined {
  let layer: Tree | undefined;
  for (const [index, { path, value }] of overrides.entries()) {
    const steps = overrideSteps(path, written);
    const lost = overrides.slice(0, index).find((before) => losesOne(before, { path, value }));
    const problem = lost ? `${lost.path} stands beside it, and one would undo the other` : checkOverride(steps, stageNames);
    if (problem) problems.push({ path, message: problem, origin: value.origin, atKey: true });
    else layer = merge(layer, nest(steps, value));
  }
  return layer;
}

/** The steps of an override's path: where a name has dots, as it stands in the file, or in quotes. */
export function overrideSteps(path: string, written: Tree): string[] {
  return pathSteps(path, written, stepInside);
}

/** Under a key of a map, or a step of a chain by its name. */
function stepInside(tree: Tree, key: string): Tree | undefined {
  if (tree.type !== "list") return at(tree, [key]);
  const names = tree.items.map((item) => at(item, ["use"]) ?? item);
  const labels = stepLabels(names.map((name) => (name.type === "scalar" ? String(name.value) : "")));
  return tree.items[labels.indexOf(key)];
}

/** What is wrong with an override's path, with the nearest name that is valid; undefined where nothing is. */
export function checkOverride(
  steps: readonly string[],
  stageNames: readonly string[],
  roots: readonly string[] = ["engine", "model", "data", "services", "stages"],
): string | undefined {
  if (!roots.includes(steps[0]!)) return `an override can't name "${steps[0]}".${suggestion(steps[0]!, roots)}`;
  if (steps[0] === "stages" && !stageNames.includes(steps[1] ?? ""))
    return `there is no stage "${steps[1] ?? ""}".${suggestion(steps[1] ?? "", stageNames)}`;
  return undefined;
}

const unquoted = ({ path, value }: Override): Override => ({ path: unquotedPath(path), value });

/** Whether of two overrides in one set, laid in this order, one would be lost: a list under which something is set, or what replaces the whole of it. */
function losesOne(...both: readonly [Override, Override]): boolean {
  const [first, then] = both.map(unquoted) as [Override, Override];
  if (!overlap(first.path, then.path)) return false;
  return first.path.length < then.path.length
    ? first.value.type === "list"
    : then.value.type !== "map" || then.value.entries.has("use");
}

/** Whether laying both overrides, in whatever order, would undo one. Changes to different steps of a chain leave one another be. */
export function undoes(...both: readonly [Override, Override]): boolean {
  const [a, b] = both.map(unquoted) as [Override, Override];
  if (!overlap(a.path, b.path)) return false;
  const [outer, inner] = a.path.length <= b.path.length ? [a, b] : [b, a];
  if (!isChainEdit(outer.value)) return true;
  if (inner.path === outer.path && !isChainEdit(inner.value)) return true;
  if (inner.path !== outer.path) {
    const below = inner.path.slice(outer.path.length + 1);
    return namedSteps(outer.value).some((name) => overlap(name, below));
  }
  const steps = namedSteps(inner.value);
  return namedSteps(outer.value).some((name) => steps.includes(name));
}

/** Whether one of two dotted paths lies at or under the other, so that setting both would undo one. */
export function overlap(first: string, second: string): boolean {
  const [a, b] = [unquotedPath(first), unquotedPath(second)];
  return a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);
}
