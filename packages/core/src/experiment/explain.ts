import { position } from "./problems.ts";
import { at } from "./tree.ts";
import type { Origin, Tree } from "./tree.ts";
import type { Experiment } from "./load.ts";
import type { Cell } from "./cell.ts";
import { plainCell } from "./describe.ts";
import { weightsAt } from "./remote.ts";

export interface ExplainedLine {
  /** A line of the resolved experiment, as YAML. */
  readonly text: string;
  /** Where its value comes from: file:line, preset, flag, default; empty for a line that only opens a block. Of a remote model's, where its weights are. */
  readonly origin: string;
}

/** The resolved experiment line by line, each value with where it came from. */
export function explainCell(experiment: Experiment, cell: Cell): ExplainedLine[] {
  const {
    name: _name,
    stages,
    ...rest
  } = plainCell(experiment.name, cell) as { name: string; stages: Record<string, unknown>[] };
  const values = { ...rest, stages: Object.assign({}, ...stages) as Record<string, unknown> };
  const lines = linesOf(values, cell.tree, 0, (tree) => (tree ? originText(experiment, tree.origin) : "default"));
  const far = weightsAt(cell);
  return far === null
    ? lines
    : lines.map((line) => (line.text === "model:" ? { ...line, origin: `remote: its weights are at ${far}` } : line));
}

type Describe = (tree: Tree | undefined) => string;

function linesOf(value: object, tree: Tree | undefined, depth: number, describe: Describe): ExplainedLine[] {
  const indent = "  ".repeat(depth);
  return Object.entries(value).flatMap(([key, item]): ExplainedLine[] => {
    const onlyStep = Array.isArray(value) && tree?.type !== "list" ? tree : undefined;
    const child = onlyStep ?? at(tree, [key]) ?? bareName(key, tree);
    const label = Array.isArray(value) ? `${indent}-` : `${indent}${key}:`;
    if (typeof item !== "object" || item === null) return [{ text: `${label} ${JSON.stringify(item)}`, origin: describe(child) }];
    if (Array.isArray(item) && item.every((one) => typeof one !== "object"))
      return [{ text: `${label} [${item.join(", ")}]`, origin: describe(child) }];
    if (Object.keys(item as object).length === 0) return [{ text: `${label} {}`, origin: describe(child) }];
    return [{ text: label, origin: "" }, ...linesOf(item as object, child, depth + 1, describe)];
  });
}

/** A slot written as a bare name stands for { use: name }; a chain written as its only step, for a list of it. */
function bareName(key: string, tree: Tree | undefined): Tree | undefined {
  return key === "use" && tree?.type === "scalar" ? tree : undefined;
}

function originText(experiment: Experiment, origin: Origin): string {
  if (origin.from === "preset") return `preset ${origin.name}`;
  if (origin.from === "flag") return origin.text;
  return `${experiment.source.file}:${position(experiment.source.text, origin.start).line}`;
}
