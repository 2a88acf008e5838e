import { mcnemarOf } from "@rewardlab/statistics";
import type { McNemar } from "@rewardlab/statistics";
import { metricByItem } from "./item-values.ts";
import { referenceOf } from "./comparisons.ts";
import { dataOf } from "./obstacles.ts";
import { pairItems } from "./pairing.ts";
import type { Grid } from "./read-grid.ts";
import type { GridRun } from "./read-run.ts";

/** Two models, of one seed, on the same items: which of the two had more than half of an item's samples right. It is about these two models only. */
export interface ModelPair extends McNemar {
  readonly cell: string;
  readonly against: string;
  readonly seed: number;
  readonly items: number;
}

/** For each cell and each seed that it shares with the cell it is compared with; those whose items can't be paired are left out. */
export function mcnemarPairs(grid: Pick<Grid, "cells">): ModelPair[] {
  return grid.cells.flatMap((cell) => {
    const against = referenceOf(grid, cell);
    if (against === undefined) return [];
    return cell.runs.flatMap((second): ModelPair[] => {
      const first = against.runs.find(({ seed }) => seed === second.seed);
      const pair = first && itemsOf(first, second);
      if (!pair) return [];
      const [rows, others] = pair.map((row) => row.map((share) => share > 0.5)) as [boolean[], boolean[]];
      return [{ cell: cell.name, against: against.name, seed: second.seed, items: rows.length, ...mcnemarOf(rows, others) }];
    });
  });
}

function itemsOf(first: GridRun, second: GridRun): readonly [readonly number[], readonly number[]] | null {
  if (first.after === null || second.after === null) return null;
  const data = dataOf([first, second]);
  if (data === "different" || data === "unknown in some") return null;
  const items = pairItems(
    [first, second].map((run) => metricByItem(run, `${run.after!.stage}.accuracy`)),
    data === "same",
  );
  return "rows" in items ? [items.rows[0]!, items.rows[1]!] : null;
}
