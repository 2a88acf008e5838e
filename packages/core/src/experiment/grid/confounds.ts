import { addressedCell, cellDifferences } from "../describe.ts";
import type { Difference } from "../differences.ts";
import type { Cell } from "../load.ts";
import { overlap } from "./overrides.ts";

/** Why a cell's comparison says less than its name promises. */
export interface GridWarning {
  readonly cell: string;
  readonly against: string;
  /** changes-more: a preset changes what nobody named. changes-nothing: both are one experiment. */
  readonly kind: "changes-more" | "changes-nothing";
  /** What differs although no override names it. */
  readonly paths: readonly string[];
  readonly message: string;
}

/** An ablation changes one thing. Where a cell and the one it is compared with differ in more than their overrides name, or in nothing, that is said. */
export function gridWarnings(cells: readonly Cell[]): GridWarning[] {
  const byName = new Map(cells.map((cell) => [cell.name, cell]));
  return cells.flatMap((cell) => {
    const against = cell.against === null ? undefined : byName.get(cell.against);
    return against === undefined ? [] : warningsOf(cell, against);
  });
}

function warningsOf(cell: Cell, against: Cell): GridWarning[] {
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
  const named = [...cell.overrides, ...against.overrides].map(({ path }) => path);
  const isNamed = ({ path }: Difference) => named.some((one) => overlap(one, path));
  const values = addressedCell(cell);
  const unnamed = things(
    found.filter((one) => !isNamed(one)),
    values,
  );
  const all = things(found, values);
  if (unnamed.length === 0 || all.length < 2) return [];
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

/** Components rather than their single options: two options of one ratio are one thing. `within`: the cell's values. */
function things(found: readonly Difference[], within: unknown): string[] {
  return [...new Set(found.map(({ path }) => componentAt(within, path.split("."))))];
}

/** The innermost component on the way to a value, below its stage; else the value itself. */
function componentAt(values: unknown, steps: readonly string[]): string {
  let [inside, deepest] = [values, steps.length];
  for (const [index, step] of steps.entries()) {
    inside = (inside as Record<string, unknown> | null | undefined)?.[step];
    if (index >= 2 && typeof inside === "object" && inside !== null && "use" in inside) deepest = index + 1;
  }
  return steps.slice(0, deepest).join(".");
}
