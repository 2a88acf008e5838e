import type { Difference } from "./differences.ts";
import { isChain, stepLabels } from "../plugin/chain.ts";
import { addressedCell } from "./describe.ts";
import type { Cell } from "./cell.ts";

/** A part of a cell that can't act, as its stage says. */
export interface CellIdlePart {
  /** As overrides name it: stages.rl.advantage.score-clip. */
  readonly path: string;
  readonly because: string;
  readonly remedy: string;
  /** What it amounts to; absent where that isn't known. */
  readonly as?: unknown;
}

/** The parts of a cell that can't act, each with its path in the experiment, why, and what it takes for it to act. */
export function idleParts(cell: Cell): CellIdlePart[] {
  return cell.stages.flatMap(({ name, stage }) =>
    (stage.component.idleParts?.(stage.options) ?? []).map(({ path, ...rest }) => ({
      ...rest,
      path: ["stages", name, ...path].join("."),
    })),
  );
}

/** The parts that alone tell two cells apart; null where something else does, so that they may give other results. `found`: where the cells differ. */
export function onlyIdleDiffers(cell: Cell, against: Cell, found: readonly Difference[]): CellIdlePart[] | null {
  if (found.length === 0) return null;
  const [own, other] = [idleParts(cell), idleParts(against)];
  if (JSON.stringify(amounting(cell, own)) !== JSON.stringify(amounting(against, other))) return null;
  const differs = ({ path }: CellIdlePart) => found.some((one) => one.path === path || one.path.startsWith(`${path}.`));
  const byPath = new Map([...other, ...own].filter(differs).map((part) => [part.path, part]));
  return [...byPath.values()];
}

/** What of a cell acts: cells of which it is the same can only give the same result. */
export function actingCell(cell: Cell): unknown {
  return amounting(cell, idleParts(cell));
}

/** A cell's values with that in the place of its idle parts to which they amount. */
function amounting(cell: Cell, parts: readonly CellIdlePart[]): unknown {
  const known = new Map(parts.flatMap(({ path, as }) => (as === undefined ? [] : [[path, as]])));
  const replaced = (value: unknown, path: string): unknown => {
    if (known.has(path)) return known.get(path);
    const inside = (key: string) => (path ? `${path}.${key}` : key);
    if (isChain(value)) {
      const labels = stepLabels(value.map(({ use }) => use));
      return value.map((step, index) => replaced(step, inside(labels[index]!))).filter((step) => step !== null);
    }
    if (Array.isArray(value) || typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).map(([key, item]) => [key, replaced(item, inside(key))] as const);
    return Object.fromEntries(entries.filter(([, item]) => item !== null).sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  return replaced(addressedCell(cell), "");
}
