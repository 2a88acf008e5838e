import { suggestion } from "../problems.ts";
import type { Problem } from "../problems.ts";
import { merge, nest } from "../tree.ts";
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

/** Overrides as a layer to be laid over the file. What names no slot is reported. */
export function overrideLayer(
  overrides: readonly Override[],
  stageNames: readonly string[],
  problems: Problem[],
): Tree | undefined {
  let layer: Tree | undefined;
  for (const { path, value } of overrides) {
    const steps = path.split(".");
    const problem = checkOverride(steps, stageNames);
    if (problem) problems.push({ path, message: problem, origin: value.origin, atKey: true });
    else layer = merge(layer, nest(steps, value));
  }
  return layer;
}

export function checkOverride(
  steps: readonly string[],
  stageNames: readonly string[],
  roots: readonly string[] = ["engine", "model", "data", "stages"],
): string | undefined {
  if (!roots.includes(steps[0]!)) return `an override can't name "${steps[0]}".${suggestion(steps[0]!, roots)}`;
  if (steps[0] === "stages" && !stageNames.includes(steps[1] ?? ""))
    return `there is no stage "${steps[1] ?? ""}".${suggestion(steps[1] ?? "", stageNames)}`;
  return undefined;
}

/** Whether one of two dotted paths lies at or under the other, so that setting both would undo one. */
export function overlap(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);
}
