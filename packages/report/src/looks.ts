import { levelAtLook } from "@rewardlab/statistics";
import { LEVEL, PROVEN_SEEDS } from "./level.ts";
import type { Obstacle } from "./obstacles.ts";
import type { Grid } from "./read-grid.ts";

type Seeds = Pick<Grid, "seeds" | "seedsHistory" | "cells" | "gathered">;

/** Results that are looked at before all planned seeds are run. */
export interface Look {
  /** Seeds that are finished in every cell, or will never be, of how many planned. */
  readonly seeds: number;
  readonly planned: number;
}

/** null where the grid is finished, or nothing of it is. */
export function lookOf({ seeds, cells, gathered }: Seeds): Look | null {
  const open = seeds.filter((seed) =>
    cells.some(({ runs }) => runs.some((run) => run.seed === seed && ["queued", "running", "interrupted"].includes(run.status))),
  );
  if (gathered || open.length === 0 || open.length === seeds.length) return null;
  return { seeds: seeds.length - open.length, planned: seeds.length };
}

/** The level of a single test at a look, as compareWithBaseline takes it. */
export const levelOf = ({ seeds, planned }: Look): number => levelAtLook(seeds, planned, { level: LEVEL, first: PROVEN_SEEDS });

/** Which seeds were added and dropped when results could be seen, and of how many finished runs; null where none were. */
export function changedAfterLook({ seedsHistory, gathered }: Pick<Grid, "seedsHistory" | "gathered">) {
  const seen = gathered ? [] : seedsHistory.slice(1).filter(({ finished }) => finished > 0);
  const added = [...new Set(seen.flatMap((one) => one.added))];
  const dropped = [...new Set(seen.flatMap((one) => one.dropped))];
  if (added.length + dropped.length === 0) return null;
  return { added, dropped, finished: seen[0]!.finished, planned: seedsHistory[0]!.seeds.length };
}

/** Who goes on until it shows finds differences that aren't there: all chance of error belonged to the seeds that were planned. */
export function seedsObstacle(grid: Pick<Grid, "seedsHistory" | "gathered">): Obstacle | null {
  return changedAfterLook(grid) === null
    ? null
    : {
        short: "seeds changed after a look",
        clause: "the seeds were changed when results could be seen, and no test keeps its level then",
      };
}
