import { z } from "zod";
import type { Cell } from "./cell.ts";
import { suggestion } from "../plugin/suggestion.ts";
import type { Problem } from "./problems.ts";
import type { Resolved } from "../plugin/resolved.ts";
import type { Resolver } from "./resolve.ts";
import type { StageNeeds } from "../stage.ts";
import { at } from "./tree.ts";
import type { Tree } from "./tree.ts";

/** A stage with seeds of its own. It and the stages after it, up to the next such stage, draw by them. */
export interface SeedLevel {
  readonly stage: string;
  readonly seeds: readonly number[];
}

/** The seeds of an experiment: one number for each run of a cell, and what the number stands for. */
export interface Seeds {
  /** The runs' numbers. Of `seeds: 3`, the seeds themselves; of several levels see `numberOf`. */
  readonly seeds: readonly number[];
  /** In the order in which the stages run; none where all stages of a run have the run's seed. */
  readonly seedLevels: readonly SeedLevel[];
}

/** A stage's seed in one run. */
export interface StageSeed {
  /** As the experiment writes it: the seed of the stage's level, or its own fixed one. */
  readonly written: number;
  /** What its random streams start from: seed 3 under the cold start 2 is not seed 3 under the cold start 1. */
  readonly drawn: number;
}

/** Of a run's number, each further level takes so many decimal digits' worth: cold start 2 with seed 3 is 2003. */
const BASE = 1000;
/** Three digits each, so that a number is exact in a double. */
const MOST_LEVELS = 5;
const MOST_RUNS = 100_000;
/** Stages before the first level are the same in all runs. */
const FIRST_SEED = 1;

const list = z
  .union([z.int().min(1).max(1000), z.array(z.int().min(0)).min(1)], {
    error: "expected how many (1 to 1000), a list of whole numbers, or such for each of some stages: { coldStart: 3, rl: 5 }",
  })
  .refine((chosen) => typeof chosen === "number" || new Set(chosen).size === chosen.length, "expected each seed once");
const ofStages = z.record(z.string(), list).refine((map) => Object.keys(map).length > 0, "expected a stage, e.g. { rl: 5 }");

/** `5`, `[1, 5]`, or for each of some stages: `{ coldStart: 3, rl: 5 }`. What is wrong with it is reported; one seed where nothing is written. */
export function readSeeds(tree: Tree | undefined, path: string, stageNames: readonly string[], resolver: Resolver): Seeds {
  if (tree === undefined) return { seeds: [FIRST_SEED], seedLevels: [] };
  if (tree.type !== "map") {
    const written = resolver.parse(list, tree, path) as z.output<typeof list> | undefined;
    return { seeds: listed(written ?? 1), seedLevels: [] };
  }
  const written = new Map(Object.entries((resolver.parse(ofStages, tree, path) ?? {}) as z.output<typeof ofStages>));
  const problem = (stage: string, message: string) =>
    void resolver.problems.push({ path: `${path}.${stage}`, message, origin: at(tree, [stage])?.origin, atKey: true });
  for (const stage of tree.entries.keys())
    if (!stageNames.includes(stage)) problem(stage, `there is no stage "${stage}".${suggestion(stage, stageNames)}`);
  const seedLevels = stageNames.flatMap((stage) => {
    const chosen = written.get(stage);
    return chosen === undefined ? [] : [{ stage, seeds: listed(chosen) }];
  });
  if (seedLevels.length > MOST_LEVELS)
    problem(seedLevels[MOST_LEVELS]!.stage, `expected at most ${MOST_LEVELS} stages with seeds of their own`);
  for (const { stage, seeds } of seedLevels.length > 1 ? seedLevels : [])
    if (seeds.some((seed) => seed >= BASE))
      problem(stage, `expected seeds below ${BASE} where several stages have seeds of their own`);
  const runs = seedLevels.reduce((product, { seeds }) => product * seeds.length, 1);
  if (runs > MOST_RUNS)
    problem(
      seedLevels.at(-1)!.stage,
      `makes ${runs.toLocaleString("en")} runs of each cell, expected at most ${MOST_RUNS.toLocaleString("en")}`,
    );
  if (resolver.problems.length > 0) return { seeds: [FIRST_SEED], seedLevels: [] };
  return { seeds: combinationsOf(seedLevels).map(numberOf), seedLevels };
}

function combinationsOf(levels: readonly SeedLevel[]): number[][] {
  return levels.reduce<number[][]>((made, { seeds }) => made.flatMap((outer) => seeds.map((seed) => [...outer, seed])), [[]]);
}

/** The number of a run, from its seeds, outermost first. It depends on nothing else, so a run keeps its number when seeds are added. */
function numberOf(seeds: readonly number[]): number {
  return seeds.reduce((number, seed) => number * BASE + seed, 0);
}

/** A run's seeds by level, outermost first. */
function levelSeeds(levels: readonly SeedLevel[], run: number): number[] {
  if (levels.length < 2) return [run];
  return levels.map((_, index) => Math.floor(run / BASE ** (levels.length - 1 - index)) % BASE);
}

/** The seed that a stage has whatever the run's is; null where it has none. */
export function fixedSeed(stage: Resolved<"stage">): number | null {
  return needsOf(stage).seed ?? null;
}

/** What a stage asks of data and model; one that says nothing needs nothing. */
export function needsOf({ component, options }: Resolved<"stage">): StageNeeds {
  return component.needs?.(options) ?? { splits: [] };
}

/** The seed of each stage of a cell in the run of this number. */
export function stageSeeds(levels: readonly SeedLevel[], cell: Pick<Cell, "stages">, run: number): Map<string, StageSeed> {
  const own = levelSeeds(levels, run);
  let level = levels.length === 0 ? 0 : -1;
  return new Map(
    cell.stages.map(({ name, stage }) => {
      if (levels[level + 1]?.stage === name) level++;
      const fixed = fixedSeed(stage) ?? (level === -1 ? FIRST_SEED : null);
      const seed =
        fixed === null ? { written: own[level]!, drawn: numberOf(own.slice(0, level + 1)) } : { written: fixed, drawn: fixed };
      return [name, seed];
    }),
  );
}

/** How a run is called by its seeds: "seed 3"; of several levels "coldStart 2 · rl 3". */
export function seedLabel(levels: readonly SeedLevel[], run: number): string {
  if (levels.length < 2) return `seed ${run}`;
  const own = levelSeeds(levels, run);
  return levels.map(({ stage }, index) => `${stage} ${own[index]}`).join(" · ");
}

/** What can be seen only in resolved cells: a stage with seeds of its own that fixes its seed as well, or whose seeds would train an earlier one again. */
export function seedProblems(levels: readonly SeedLevel[], { stages }: Cell, tree: Tree | undefined, path: string): Problem[] {
  return levels.flatMap(({ stage: named }) => {
    const index = stages.findIndex(({ name }) => name === named);
    const fixed = fixedSeed(stages[index]!.stage);
    const before = stages.slice(0, index).find(({ stage }) => stage.component.keeps === "run");
    const message =
      fixed !== null
        ? `stages.${named}.seed is ${fixed}, the same for every run: expected one of the two (null there takes it away: --set stages.${named}.seed=null)`
        : before === undefined
          ? null
          : `${before.name} comes before it and keeps what it makes in the run's folder, so each of these seeds would train ${before.name} again, to the same bytes. Expected seeds for ${before.name}, or for a stage before it`;
    return message === null ? [] : [{ path: `${path}.${named}`, message, origin: at(tree, [named])?.origin, atKey: true }];
  });
}

function listed(chosen: number | readonly number[]): readonly number[] {
  return typeof chosen === "number" ? Array.from({ length: chosen }, (_, index) => index + 1) : chosen;
}
