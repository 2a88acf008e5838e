import { factorialEffects } from "@rewardlab/statistics";
import type { FactorialEffect } from "@rewardlab/statistics";
import { LEVEL, PROVEN_SEEDS } from "./level.ts";
import { lookOf, seedsObstacle } from "./looks.ts";
import type { ComparedMetric } from "./metric.ts";
import { changesMeasurement, dataOf, measuredAlike } from "./obstacles.ts";
import { outcomesOf } from "./outcomes.ts";
import type { RunOutcome } from "./outcomes.ts";
import { pairItems } from "./pairing.ts";
import type { Grid, GridCell, GridFactor, SeedLevel } from "./read-grid.ts";
import { startOf } from "./start.ts";

/** A full factorial's main effects and interactions of two factors, in the metric's unit. */
export interface Effects {
  readonly factors: readonly { readonly name: string; readonly levels: readonly string[] }[];
  /** Seeds that every cell has. */
  readonly seeds: readonly number[];
  readonly effects: readonly Effect[];
  /** Why no effect may be called different from 0, as a clause; null where one may. */
  readonly noVerdict: string | null;
}

/** `interval`, `pValue` and `adjusted`: null where the runs are no fair comparison, so that nothing may be taken for a claim. */
export interface Effect extends Omit<FactorialEffect, "low" | "high" | "pValue" | "adjusted"> {
  readonly low: number | null;
  readonly high: number | null;
  readonly pValue: number | null;
  readonly adjusted: number | null;
  /** The licence to say that there is one. */
  readonly distinguishable: boolean;
}

/** null where the grid is no full factorial of at least two factors, or fewer than two seeds have all cells. */
export function effectsOf(grid: Grid, metric: ComparedMetric): Effects | null {
  const design = designOf(grid);
  if (design === null) return null;
  const outcomes = design.cells.map((cell) => outcomesOf(cell, metric, grid));
  const seeds = grid.seeds.filter((seed) => outcomes.every((all) => all.some((one) => one.seed === seed)));
  if (seeds.length < 2) return null;
  const table = outcomes.map((all) => seeds.map((seed) => all.find((one) => one.seed === seed)!));
  const every = table.flat();
  const items = pairItems(
    every.map(({ byItem }) => byItem),
    dataOf(every.map(({ run }) => run)) === "same",
  );
  const groups = jointStarts(table, grid.seedLevels);
  const isTheQuestion = design.cells.some((cell) => changesMeasurement(cell, metric));
  const withheld =
    (seedsObstacle(grid) ?? measuredAlike(grid, every.map(({ run }) => run), metric.path, { isTheQuestion }))?.clause ?? null; // prettier-ignore
  const noVerdict = withheld ?? notAll(grid) ?? unpaired("why" in items ? items.why : null) ?? tooFew(seeds.length, groups);
  const byItem = (cell: number) =>
    "rows" in items && dataOf(every.map(({ run }) => run)) !== "different"
      ? { byItem: items.rows.slice(cell * seeds.length, (cell + 1) * seeds.length) }
      : {};
  const cells = design.cells.map(({ levels }, index) => ({
    levels,
    perSeed: table[index]!.map(({ value }) => value),
    ...byItem(index),
  }));
  const effects = factorialEffects(design.factors, cells, { level: 1 - LEVEL, ...(groups ? { groups } : {}) });
  return {
    factors: design.factors,
    seeds,
    effects: effects.map((effect) => ({
      ...effect,
      ...(withheld === null ? {} : { low: null, high: null, pValue: null, adjusted: null }),
      distinguishable: noVerdict === null && !effect.spreadless && effect.adjusted <= LEVEL,
    })),
    noVerdict,
  };
}

const notAll = (grid: Grid): string | null => (lookOf(grid) === null ? null : "not all planned seeds are there");

const unpaired = (why: string | null): string | null =>
  why === null ? null : `questions can’t be paired (${why}), and over seeds alone they hold for these questions only`;

/** With fewer no interval is proven to hold. */
function tooFew(seeds: number, groups: readonly string[] | null): string | null {
  const coldStarts = groups === null ? 1 : new Set(groups).size;
  const [count, what] = coldStarts > 1 ? [coldStarts, "cold starts"] : [seeds, "seeds"];
  return count < PROVEN_SEEDS ? `there are fewer than ${PROVEN_SEEDS} ${what}` : null;
}

/** What the runs of each seed began from, all cells together; null where that isn't known of all. */
function jointStarts(table: readonly (readonly RunOutcome[])[], levels: readonly SeedLevel[]): string[] | null {
  const ofSeeds = table[0]!.map((_, seed) => table.map((row) => startOf(row[seed]!.run, levels)));
  return ofSeeds.every((starts) => starts.every((start) => start !== null))
    ? ofSeeds.map((starts) => JSON.stringify(starts))
    : null;
}

/** The cells that have a level of every factor, if they are every combination once. */
function designOf({ factors: written, cells }: Grid): { factors: Effects["factors"]; cells: readonly GridCell[] } | null {
  const factors = written
    .filter(({ levels }) => levels.length > 1)
    .map(({ name, levels, kind }) => ({ name, levels: ordered(levels, kind) }));
  if (factors.length < 2) return null;
  const inside = cells.filter(({ levels }) => factors.every(({ name, levels: all }) => all.includes(levels[name] ?? "")));
  const combinations = new Set(inside.map(({ levels }) => JSON.stringify(factors.map(({ name }) => levels[name]))));
  const expected = factors.reduce((product, { levels }) => product * levels.length, 1);
  return combinations.size === expected && inside.length === expected ? { factors, cells: inside } : null;
}

/** Of two levels the second is "on": a component's effect is what putting it in does. */
function ordered(levels: readonly string[], kind: GridFactor["kind"]): readonly string[] {
  return kind === "component" && levels.length === 2 && levels[0] === "in" ? ["out", "in"] : levels;
}
