import { changedAfterLook, levelOf, lookOf } from "../looks.ts";
import type { Grid } from "../read-grid.ts";
import { seedsText } from "../seed-text.ts";
import { counted, listing, plainNumber } from "../wording.ts";

/** More seeds than this are counted, not named. */
const SPELT_OUT = 8;

/** Whether the seeds are those that were fixed before anything was seen: stopping, or going on, by what one sees finds differences that aren't there. */
export function seedsSentences(grid: Pick<Grid, "seedsHistory" | "seeds" | "seedLevels" | "cells" | "gathered">): string[] {
  const changed = changedAfterLook(grid);
  const look = lookOf(grid);
  const text = (some: readonly number[]) => seedsText(grid.seedLevels, some, SPELT_OUT);
  return [
    ...(changed === null
      ? []
      : [
          `The seeds were changed after results could be seen (${listing([
            ...(changed.added.length > 0 ? [`${text(changed.added)} added`] : []),
            ...(changed.dropped.length > 0 ? [`${text(changed.dropped)} dropped`] : []),
          ])} when ${counted(changed.finished, "run was", "runs were")} finished; ${changed.planned} were planned): whoever chooses the number of seeds by what they show finds differences too often. Intervals don’t allow for that; a grid of its own, planned for so many, would say more.`,
        ]),
    ...(look === null
      ? []
      : [
          `This is a look before the end, at ${look.seeds} of ${look.planned} planned seeds: what is called different now must reach ${levelText(levelOf(look))} instead of 5 %, so that all looks together keep to 5 %. Intervals and p don’t allow for looks.`,
        ]),
  ];
}

const levelText = (level: number) => (level === 0 ? "a level that so few can’t reach" : `p ≤ ${plainNumber(level)}`);
