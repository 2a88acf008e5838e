import { InputError } from "@rewardlab/core";
import { seedLabel } from "@rewardlab/core/host";
import { readJson } from "@rewardlab/storage";
import { basename, dirname, join, resolve } from "node:path";
import { finiteNumbers, finiteOf, listOf, mapValues, recordOf, textOf } from "./plain.ts";
import { readRun } from "./read-run.ts";
import type { GridRun } from "./grid-run.ts";

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
  /** A number for each run of a cell. Runs of the same number are paired. */
  readonly seeds: readonly number[];
  /** The stages that have seeds of their own, in the order in which they run: cold starts, and within them the seeds of RL. Empty where a run has one seed for all. */
  readonly seedLevels: readonly SeedLevel[];
  /** Which seeds were planned when, the first entry before anything ran. Empty where grid.json doesn't say. */
  readonly seedsHistory: readonly SeedsPlanned[];
  /** What varies over the grid: components that are in or out, and axes. */
  readonly factors: readonly GridFactor[];
  readonly cells: readonly GridCell[];
  /** Runs from anywhere that were put together afterwards: how they differ, nobody chose beforehand. */
  readonly gathered: boolean;
  /** What was found wrong with its comparisons before anything ran, e.g. a variant that changes more than it names. */
  readonly notes: readonly string[];
}

export interface SeedLevel {
  readonly stage: string;
  readonly seeds: readonly number[];
}

/** The seeds as they were planned at some time. */
export interface SeedsPlanned {
  /** null: not known. */
  readonly at: string | null;
  readonly seeds: readonly number[];
  readonly added: readonly number[];
  readonly dropped: readonly number[];
  /** How many runs were finished by then, so that their results could be seen before the seeds were changed. */
  readonly finished: number;
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
  readonly differences: readonly SettingDifference[];
  /** From the cell that it is compared with. */
  readonly changes: readonly SettingDifference[];
  /** Why it isn't known how it differs from the others, with the file; null where it is. */
  readonly differencesUnknown: string | null;
  /** A run for each seed, in the grid's order, also those that were never started. */
  readonly runs: readonly GridRun[];
}

/** Where a cell's resolved experiment differs from another's. */
export interface SettingDifference {
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
  const seeds = numbers(grid.seeds);
  const seedLevels = readLevels(grid);
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
    seedLevels,
    seedsHistory: listOf(grid.seedsHistory).map(plannedOf),
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
        differencesUnknown: null,
        runs: seeds.map((seed) => {
          const key = textOf(recordOf(cell.keys)[String(seed)]);
          const ofStages = finiteNumbers(recordOf(cell.stageSeeds)[String(seed)]);
          return readRun(
            { root, shipped },
            {
              cell: name,
              seed,
              label: seedLabel(seedLevels, seed),
              seeds: ofStages,
              key,
              folder: join(root, folder, `seed-${seed}`),
            },
          );
        }),
      };
    }),
  };
}

/** The `seedLevels` of grid.json; none in an older one. */
export function readLevels(grid: Readonly<Record<string, unknown>>): SeedLevel[] {
  return listOf(grid.seedLevels)
    .map(recordOf)
    .map(({ stage, seeds }) => ({ stage: textOf(stage) ?? "?", seeds: numbers(seeds) }));
}

function plannedOf(value: unknown): SeedsPlanned {
  const { at, seeds, added, dropped, finished } = recordOf(value);
  return {
    at: textOf(at),
    seeds: numbers(seeds),
    added: numbers(added),
    dropped: numbers(dropped),
    finished: finiteOf(finished) ?? 0,
  };
}

function differencesOf(value: unknown): SettingDifference[] {
  return listOf(value)
    .map(recordOf)
    .map(({ path, baseline, value: own }) => ({ path: textOf(path) ?? "", baseline, value: own }));
}

const numbers = (value: unknown) => listOf(value).flatMap((one) => finiteOf(one) ?? []);
const texts = (value: unknown) => listOf(value).flatMap((one) => textOf(one) ?? []);

/** The cell that the others are compared with. */
export function baselineOf({ cells }: Pick<Grid, "cells">): GridCell | undefined {
  return cells.find((cell) => cell.baseline) ?? cells[0];
}
