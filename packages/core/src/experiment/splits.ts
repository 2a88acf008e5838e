import type { Dataset } from "../kinds.ts";
import { ExperimentError } from "./problems.ts";
import { suggestion } from "../plugin/suggestion.ts";
import type { Problem } from "./problems.ts";
import type { Experiment } from "./load.ts";
import type { Cell } from "./cell.ts";
import { join } from "./resolve.ts";
import { needsOf } from "./seeds.ts";
import { nearest } from "./tree.ts";

/** The splits that a cell's stages read and its data don't have. */
function splitProblems(cell: Pick<Cell, "stages" | "tree">, { splits }: Pick<Dataset, "splits">): Problem[] {
  return cell.stages.flatMap(({ name, stage }) =>
    needsOf(stage).splits.flatMap((split) => {
      if (splits.includes(split.name)) return [];
      const path = ["stages", name, ...(split.option === undefined ? [] : [split.option])];
      const message = `the data has no split "${split.name}".${suggestion(split.name, splits)}`;
      return [{ path: join("", path), message, origin: nearest(cell.tree, path).origin }];
    }),
  );
}

/** Refuses an experiment with a split that isn't there, before anything runs. `dataOf` makes a cell's dataset, which knows its splits without reading items. */
export function checkSplits({ cells, source }: Pick<Experiment, "cells" | "source">, dataOf: (cell: Cell) => Dataset): void {
  const problems = cells.flatMap((cell) => splitProblems(cell, dataOf(cell)));
  if (problems.length > 0) throw new ExperimentError(source, problems);
}
