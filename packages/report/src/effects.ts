import { factorialEffects } from "@rewardlab/core/statistics";
import type { FactorialEffect } from "@rewardlab/core/statistics";
import { LEVEL } from "./level.ts";
import type { ComparedMetric } from "./metric.ts";
import { outcomesOf } from "./outcomes.ts";
import type { Grid, GridCell, GridFactor } from "./read-grid.ts";

/** A full factorial's main effects and interactions of two factors, in the metric's unit. */
export interface Effects {
  readonly factors: readonly { readonly name: string; readonly levels: readonly string[] }[];
  /** Seeds that every cell has. */
  readonly seeds: readonly number[];
  readonly effects: readonly FactorialEffect[];
}

/** null where the grid is no full factorial of at least two factors, or fewer than two seeds have all cells. */
export function effectsOf(grid: Grid, metric: ComparedMetric): Effects | null {
  const design = designOf(grid);
  if (design === null) return null;
  const outcomes = design.cells.map((cell) => outcomesOf(cell, metric, grid));
  const seeds = grid.seeds.filter((seed) => outcomes.every((all) => all.some((one) => one.seed === seed)));
  if (seeds.length < 2) return null;
  const cells = design.cells.map(({ levels }, index) => ({
    levels,
    perSeed: seeds.map((seed) => outcomes[index]!.find((one) => one.seed === seed)!.value),
  }));
  return { factors: design.factors, seeds, effects: factorialEffects(design.factors, cells, { level: 1 - LEVEL }) };
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
