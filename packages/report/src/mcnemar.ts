import { mcnemarOf } from "@rewardlab/statistics";
import type { McNemar } from "@rewardlab/statistics";
import { metricByItem } from "./item-values.ts";
import { referenceOf } from "./comparisons.ts";
import { dataOf, measuredAlike } from "./obstacles.ts";
import { pairItems } from "./pairing.ts";
import type { Grid } from "./read-grid.ts";
import type { GridRun } from "./grid-run.ts";

/** Two models, of one seed, on the same items: which of the two had more than half of an item's samples right. It is about these two models only. */
export interface ModelPair extends McNemar {
  readonly cell: string;
  readonly against: string;
  readonly seed: number;
  readonly items: number;
}

/** Pairs of models that can't be laid side by side, and why. */
export interface RefusedPairs {
  readonly cell: string;
  readonly against: string;
  readonly seeds: readonly number[];
  /** As a clause: "the runs read different data". */
  readonly why: string;
}

/** For each cell and each seed that it shares with the cell it is compared with: the test, or why there is none. Seeds that weren't evaluated in both are neither. */
export function mcnemarPairs(grid: Pick<Grid, "cells" | "gathered">): {
  readonly pairs: readonly ModelPair[];
  readonly refused: readonly RefusedPairs[];
} {
  const pairs: ModelPair[] = [];
  const refused = new Map<string, RefusedPairs>();
  for (const cell of grid.cells) {
    const against = referenceOf(grid, cell);
    if (against === undefined) continue;
    const names = { cell: cell.name, against: against.name };
    for (const second of cell.runs) {
      const first = against.runs.find(({ seed }) => seed === second.seed);
      if (!first?.after || !second.after) continue;
      const made = itemsOf(grid, [first, second]);
      if ("why" in made) {
        const key = JSON.stringify([names, made.why]);
        refused.set(key, { ...names, seeds: [...(refused.get(key)?.seeds ?? []), second.seed], why: made.why });
        continue;
      }
      const [rows, others] = made.rows.map((row) => row.map((share) => share > 0.5)) as [boolean[], boolean[]];
      pairs.push({ ...names, seed: second.seed, items: rows.length, ...mcnemarOf(rows, others) });
    }
  }
  return { pairs, refused: [...refused.values()] };
}

/** What an item's answers are is a matter of how they were drawn too: models that were asked in different ways are not compared. */
function itemsOf(
  grid: Pick<Grid, "gathered">,
  runs: readonly [GridRun, GridRun],
): { readonly rows: readonly (readonly number[])[] } | { readonly why: string } {
  const [first, second] = runs.map(({ after }) => after!.stage) as [string, string];
  if (first !== second) return { why: `they were measured by different stages (${first} and ${second})` };
  const obstacle = measuredAlike(grid, runs, `${first}.accuracy`);
  if (obstacle !== null) return { why: obstacle.clause };
  const items = pairItems(
    runs.map((run) => metricByItem(run, `${first}.accuracy`)),
    dataOf(runs) === "same",
  );
  return "rows" in items ? items : { why: `questions can’t be paired (${items.why})` };
}
