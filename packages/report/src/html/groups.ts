import type { Grid, GridCell } from "../read-grid.ts";
import { counted, listing } from "../wording.ts";

/** What a cell stands under where a list of them is long: what it is compared with, its level of an axis, or the settings it changes. */
export type Groups = ReadonlyMap<string, string>;

const MOST_GROUPS = 16;

/** By the first of these that makes at least two groups and not too many: the reference, a factor (axes before components), the settings changed. */
export function cellGroups(grid: Pick<Grid, "cells" | "factors">): Groups {
  const compared = grid.cells.filter(({ baseline, against }) => !baseline || against !== null);
  const factors = grid.factors.toSorted(
    (a, b) => Number(a.kind === "component") - Number(b.kind === "component") || b.levels.length - a.levels.length,
  );
  const ways: readonly ((cell: GridCell) => string)[] = [
    ({ against }) => (against === null ? "against the baseline" : `against ${against}`),
    ...factors.map(
      ({ name }) =>
        ({ levels }: GridCell) =>
          `${name} = ${levels[name] ?? "none"}`,
    ),
    settingsChanged,
    (cell) => partsOf(cell)[0] ?? "no setting",
  ];
  const fitting = ways.find((way) => {
    const { size } = new Set(compared.map(way));
    return size > 1 && size <= MOST_GROUPS;
  });
  return new Map(grid.cells.map((cell) => [cell.name, fitting?.(cell) ?? "every variant"]));
}

function settingsChanged(cell: GridCell): string {
  const parts = partsOf(cell);
  if (parts.length === 0) return "no setting";
  return parts.length > 3 ? counted(parts.length, "setting") : listing(parts);
}

/** stages[2].rl.loss.ratio → rl.loss */
function partsOf({ changes }: GridCell): string[] {
  const paths = changes.map(({ path }) =>
    path
      .replace(/^stages\[[^\]]*\]\./, "")
      .split(".")
      .slice(0, 2)
      .join("."),
  );
  return [...new Set(paths)];
}
