import { InputError, readJson } from "@rewardlab/core";
import { basename, dirname, join, resolve } from "node:path";
import { finiteOf, listOf, mapValues, recordOf, textOf } from "./plain.ts";
import { readRun } from "./read-run.ts";
import type { GridRun } from "./read-run.ts";

/** A grid of runs, as it lies under runs/<experiment>. */
export interface Grid {
  readonly root: string;
  /** The folders of the experiments that its runs belong to; their data folders hold the pictures. */
  readonly roots: readonly string[];
  readonly name: string;
  readonly description: string | null;
  readonly file: string | null;
  /** The metric that cells are compared by, e.g. evaluate.accuracy. */
  readonly compare: string | null;
  readonly alsoCompare: readonly string[];
  readonly seeds: readonly number[];
  /** What varies over the grid: components that are in or out, and axes. */
  readonly factors: readonly GridFactor[];
  readonly cells: readonly GridCell[];
  /** Runs from anywhere that were put together afterwards: how they differ, nobody chose beforehand. */
  readonly gathered: boolean;
  /** What was found wrong with its comparisons before anything ran, e.g. a variant that changes more than it names. */
  readonly notes: readonly string[];
}

export interface GridFactor {
  readonly name: string;
  readonly kind: "component" | "axis";
  readonly levels: readonly string[];
}

export interface GridCell {
  readonly name: string;
  readonly baseline: boolean;
  /** The cell that it is compared with; null: the baseline. */
  readonly against: string | null;
  /** Its level of each factor. */
  readonly levels: Readonly<Record<string, string>>;
  /** From the baseline. */
  readonly differences: readonly Difference[];
  /** From the cell that it is compared with. */
  readonly changes: readonly Difference[];
  /** A run for each seed, in the grid's order, also those that were never started. */
  readonly runs: readonly GridRun[];
}

/** Where a cell's resolved experiment differs from another's. */
export interface Difference {
  readonly path: string;
  readonly baseline: unknown;
  readonly value: unknown;
}

/** Reads whatever is there of a grid. Only a missing or broken grid.json is an error: without it there is no grid. */
export function readGrid(root: string): Grid {
  const source = readJson(join(root, "grid.json"));
  if (source === undefined)
    throw new InputError("RL_REPORT_FOLDER", `${root}: holds no grid.json, expected the folder of a grid`);
  const grid = recordOf(source);
  const file = textOf(grid.file);
  const seeds = listOf(grid.seeds).flatMap((seed) => finiteOf(seed) ?? []);
  const shipped = file === null ? null : join(dirname(resolve(file)), "artefacts");
  return {
    root,
    roots: [root],
    name: textOf(grid.name) ?? basename(root),
    description: textOf(grid.description),
    file,
    compare: textOf(grid.compare),
    alsoCompare: texts(grid.alsoCompare),
    seeds,
    factors: listOf(grid.factors)
      .map(recordOf)
      .map(({ name, kind, levels }) => ({
        name: textOf(name) ?? "?",
        kind: kind === "component" ? ("component" as const) : ("axis" as const),
        levels: texts(levels),
      })),
    gathered: false,
    notes: listOf(grid.warnings).flatMap((warning) => textOf(recordOf(warning).message) ?? []),
    cells: listOf(grid.cells).map((item) => {
      const cell = recordOf(item);
      const name = textOf(cell.name) ?? "unnamed";
      const folder = textOf(cell.folder) ?? name;
      return {
        name,
        baseline: cell.baseline === true,
        against: textOf(cell.against),
        levels: mapValues(recordOf(cell.levels), String),
        differences: differencesOf(cell.differences),
        changes: differencesOf(cell.changes ?? cell.differences),
        runs: seeds.map((seed) => {
          const key = textOf(recordOf(cell.keys)[String(seed)]);
          return readRun({ root, shipped }, { cell: name, seed, key, folder: join(root, folder, `seed-${seed}`) });
        }),
      };
    }),
  };
}

function differencesOf(value: unknown): Difference[] {
  return listOf(value)
    .map(recordOf)
    .map(({ path, baseline, value: own }) => ({ path: textOf(path) ?? "", baseline, value: own }));
}

const texts = (value: unknown) => listOf(value).flatMap((one) => textOf(one) ?? []);

/** The cell that the others are compared with. */
export function baselineOf({ cells }: Pick<Grid, "cells">): GridCell | undefined {
  return cells.find((cell) => cell.baseline) ?? cells[0];
}
