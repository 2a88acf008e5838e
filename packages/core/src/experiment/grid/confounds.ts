import { actingCell, onlyIdleDiffers } from "../idle-parts.ts";
import { addressedCell, cellDifferences, contentHash } from "../describe.ts";
import type { Difference } from "../differences.ts";
import { pathSteps } from "../dotted-path.ts";
import { isChain, stepCalled } from "../../plugin/chain.ts";
import type { Experiment } from "../load.ts";
import type { Cell } from "../cell.ts";
import { overlap } from "./overrides.ts";

/** Why a cell's comparison says less than its name promises. */
export interface GridWarning {
  readonly cell: string;
  readonly against: string;
  /**
   * changes-more: a preset changes what nobody named. changes-several: an entry of leaveOneOut or addOneIn changes more than one component, or a list
   * leaves out several steps of a chain. changes-nothing: both are one experiment. cannot-act: what alone differs can't act by construction.
   */
  readonly kind: "changes-more" | "changes-several" | "changes-nothing" | "cannot-act";
  /** What differs although no override names it; of changes-several, all that differs. */
  readonly paths: readonly string[];
  readonly message: string;
}

/** An ablation changes one thing. Where a cell and the one it is compared with differ in more than their overrides name, or in nothing, that is said. */
export function gridWarnings({ cells, factors }: Pick<Experiment, "cells" | "factors">): GridWarning[] {
  const byName = new Map(cells.map((cell) => [cell.name, cell]));
  const components = factors.filter(({ kind }) => kind === "component").map(({ name }) => name);
  const compared = cells.flatMap((cell) => {
    const against = cell.against === null ? undefined : byName.get(cell.against);
    return against === undefined ? [] : warningsOf(cell, against, components);
  });
  return [...compared, ...twins(cells)];
}

/** Variants that are one experiment under two names, or that can only give the same result: a comparison of them is one of nothing, though neither is the other's reference. */
function twins(cells: readonly Cell[]): GridWarning[] {
  const first = new Map<string, Cell>();
  return cells.flatMap((cell) => {
    const acts = contentHash(actingCell(cell));
    const other = first.get(acts);
    if (other === undefined) first.set(acts, cell);
    return other === undefined || cell.against === other.name || other.against === cell.name ? [] : warningsOf(cell, other, []);
  });
}

function warningsOf(cell: Cell, against: Cell, components: readonly string[]): GridWarning[] {
  const found = cellDifferences(against, cell);
  const about = { cell: cell.name, against: against.name };
  if (found.length === 0)
    return [
      {
        ...about,
        kind: "changes-nothing",
        paths: [],
        message: `${cell.name} and ${against.name} are the same experiment: what differs between them is chance alone`,
      },
    ];
  const idle = onlyIdleDiffers(cell, against, found);
  if (idle !== null)
    return [
      {
        ...about,
        kind: "cannot-act",
        paths: idle.map(({ path }) => path),
        message:
          `${cell.name} and ${against.name} can only give the same result: ` +
          idle.map(({ path, because, remedy }) => `${path} can't act (${because}; it takes ${remedy})`).join("; "),
      },
    ];
  const named = [...cell.overrides, ...against.overrides].map(({ path }) => path);
  const isNamed = ({ path }: Difference) => named.some((one) => overlap(one, path));
  const values = addressedCell(cell);
  const unnamed = things(
    found.filter((one) => !isNamed(one)),
    values,
  );
  const all = things(found, values);
  if (all.length < 2) return [];
  if (unnamed.length === 0) return changesSeveral(cell, against, { found, all, components }).map((one) => ({ ...about, ...one }));
  return [
    {
      ...about,
      kind: "changes-more",
      paths: unnamed,
      message:
        `${cell.name} differs from ${against.name} in ${all.length} things, ` +
        `${unnamed.length === all.length ? "none of which an override names" : `${unnamed.length} of which no override names`}: ` +
        `a preset changes ${unnamed.join(", ")}. What the comparison shows can't be put down to one of them.`,
    },
  ];
}

interface Several {
  readonly found: readonly Difference[];
  /** The components that differ. */
  readonly all: readonly string[];
  /** The names of what leaveOneOut and addOneIn take out and put in. */
  readonly components: readonly string[];
}

/** One component by its name, and several by what is done. */
function changesSeveral(
  cell: Cell,
  against: Cell,
  { found, all, components }: Several,
): Pick<GridWarning, "kind" | "paths" | "message">[] {
  const one = components.filter((name) => cell.levels[name] !== against.levels[name]);
  const list = cell.overrides.find(({ path, value }) => Array.isArray(value) && leavesOutSeveral(found, path));
  if (one.length !== 1 && list === undefined) return [];
  const each = all.map((thing) => `${thing} ${whatHappened(found, thing)}`).join(", ");
  const what =
    one.length === 1
      ? `${cell.name} is to differ from ${against.name} in ${one[0]} alone, and differs in ${all.length} things: ${each}`
      : `${cell.name} writes ${list!.path} as a list, and so differs from ${against.name} in ${all.length} things: ${each}`;
  const advice = list === undefined ? "" : ` { without: … } takes out the steps that it names, and leaves the others.`;
  return [
    {
      kind: "changes-several",
      paths: all,
      message: `${what}. What the comparison shows can't be put down to one of them.${advice}`,
    },
  ];
}

/** Whether all that differs in a chain is that steps are missing, and more than one. */
function leavesOutSeveral(found: readonly Difference[], path: string): boolean {
  const inside = found.filter((one) => one.path.startsWith(`${path}.`));
  return inside.length > 1 && inside.every(({ change }) => change === "removed");
}

function whatHappened(found: readonly Difference[], thing: string): string {
  const change = found.find(({ path }) => path === thing)?.change;
  return change === undefined ? "is changed" : `is ${change}`;
}

/** Components rather than their single options: two options of one ratio are one thing. `within`: the cell's values. */
function things(found: readonly Difference[], within: unknown): string[] {
  return [...new Set(found.map(({ path }) => componentAt(within, path)))];
}

/** The innermost component on the way to a value, below its stage; else the value itself. */
function componentAt(values: unknown, path: string): string {
  const steps = pathSteps(path, values, under);
  let [inside, deepest] = [values, steps.length];
  for (const [index, step] of steps.entries()) {
    inside = under(inside, step);
    if (index >= 2 && typeof inside === "object" && inside !== null && "use" in inside) deepest = index + 1;
  }
  return steps.slice(0, deepest).join(".");
}

function under(values: unknown, step: string): unknown {
  return isChain(values) ? stepCalled(values, step) : (values as Record<string, unknown> | null | undefined)?.[step];
}
