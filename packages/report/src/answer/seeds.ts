import type { Grid } from "../read-grid.ts";
import { counted, listing } from "../wording.ts";

/** More seeds than this are counted, not named. */
const SPELT_OUT = 8;

/** Whether the seeds are those that were fixed before anything was seen: stopping, or going on, by what one sees finds differences that aren't there. */
export function seedsSentences({ seedsHistory, seeds, cells }: Pick<Grid, "seedsHistory" | "seeds" | "cells">): string[] {
  const [first, ...later] = seedsHistory;
  const seen = later.filter(({ finished }) => finished > 0);
  const added = [...new Set(seen.flatMap((one) => one.added))];
  const dropped = [...new Set(seen.flatMap((one) => one.dropped))];
  const changed = [
    ...(added.length > 0 ? [`${seedsText(added)} added`] : []),
    ...(dropped.length > 0 ? [`${seedsText(dropped)} dropped`] : []),
  ];
  const open = seeds.filter((seed) =>
    cells.some(({ runs }) => runs.some((run) => run.seed === seed && ["queued", "running", "interrupted"].includes(run.status))),
  );
  return [
    ...(changed.length === 0
      ? []
      : [
          `The seeds were changed after results could be seen (${listing(changed)} when ${counted(seen[0]!.finished, "run was", "runs were")} finished; ${first!.seeds.length} were planned): whoever chooses the number of seeds by what they show finds differences too often, and neither p nor the intervals allow for that.`,
        ]),
    ...(open.length === 0 || open.length === seeds.length
      ? []
      : [
          `This is a look before the end: ${seeds.length - open.length} of ${seeds.length} planned seeds are there for all variants. Whoever stops here because of what it shows finds differences too often.`,
        ]),
  ];
}

const seedsText = (some: readonly number[]) =>
  some.length > SPELT_OUT ? `${some.length} seeds` : `seed${some.length === 1 ? "" : "s"} ${listing(some.map(String))}`;
