import type { Dataset } from "../kinds.ts";
import { ExperimentError } from "./problems.ts";
import { suggestion } from "../plugin/suggestion.ts";
import type { Problem } from "./problems.ts";
import type { Experiment } from "./load.ts";
import type { Cell } from "./cell.ts";
import { join } from "./resolve.ts";
import { needsOf } from "./seeds.ts";
import { nearest } from "./tree.ts";

/** What a cell's stages read and its data don't have, with the way to the option that names it. */
export function missingSplits({ stages }: Pick<Cell, "stages">, { splits }: Pick<Dataset, "splits">) {
  return stages.flatMap(({ name, stage }) =>
    needsOf(stage)
      .splits.filter((split) => !splits.includes(split.name))
      .map((split) => ({
        path: ["stages", name, ...(split.option === undefined ? [] : [split.option])],
        message: `the data has no split "${split.name}".${suggestion(split.name, splits)}`,
      })),
  );
}

/** Refuses an experiment with a split that isn't there, before anything runs. `dataOf` makes a cell's dataset, which knows its splits without reading items. */
export function checkSplits({ cells, source }: Pick<Experiment, "cells" | "source">, dataOf: (cell: Cell) => Dataset): void {
  const problems = cells.flatMap((cell) =>
    missingSplits(cell, dataOf(cell)).map(({ path, message }): Problem => ({
      path: join("", path),
      message,
      origin: nearest(cell.tree, path).origin,
    })),
  );
  if (problems.length > 0) throw new ExperimentError(source, problems);
}
