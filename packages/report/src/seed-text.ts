import { seedLabel } from "@rewardlab/core/host";
import type { SeedLevel } from "./read-grid.ts";
import { counted, listing } from "./wording.ts";

/** A run's number as its seeds where the column or sentence says that it is one: "3"; of several levels "coldStart 2 · rl 3". */
export const seedText = (levels: readonly SeedLevel[], run: number): string => seedLabel(levels, run).replace(/^seed /, "");

/** "seed 3", "seeds 3 and 4", of several levels "coldStart 2 · rl 3 and …"; more than `most` are counted, not named. */
export function seedsText(levels: readonly SeedLevel[], runs: readonly number[], most: number): string {
  if (runs.length > most) return counted(runs.length, "seed");
  const all = listing(runs.map((run) => seedText(levels, run)));
  return levels.length > 1 ? all : `seed${runs.length === 1 ? "" : "s"} ${all}`;
}
