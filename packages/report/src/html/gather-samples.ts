import { trains } from "../stage-role.ts";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { finiteOf, listOf, mapValues, recordOf, textOf } from "../plain.ts";
import type { Plain } from "../plain.ts";
import { readLines } from "../read-run.ts";
import type { Grid } from "../read-grid.ts";
import type { GridRun, RunStage } from "../grid-run.ts";

/** One question, and what each variant made of it. */
export interface SampleGroup {
  /** null: the evaluation after RL; a number: that iteration of RL. */
  readonly iteration: number | null;
  readonly item: string;
  readonly kind: string | null;
  readonly image: string | null;
  readonly question: string;
  readonly responses: readonly string[];
  /** 1 or 2. */
  readonly preferred: number | null;
  readonly attempts: readonly Attempt[];
}

export interface Attempt {
  /** Index of the cell; null: before RL. */
  readonly cell: number | null;
  /** null where it stands for all of them. */
  readonly seed: number | null;
  readonly right: boolean;
  readonly response: string;
  readonly thought: string | null;
  readonly answer: string | null;
  /** A number, or why there is none. */
  readonly rules: Readonly<Record<string, number | string>>;
  readonly score: number | null;
}

/** How much of it the page holds. */
const EVALUATED = 32;
const ITERATIONS = 6;
const PER_ITERATION = 4;
const MOST_ATTEMPTS = 8;
/** Of a large grid fewer questions are shown, each with every variant. */
const ATTEMPTS_OF_ALL = 800;

/** The responses that the page shows: the same questions before RL, after it and on the way, few enough that the page stays small. */
export function gatherSamples(grid: Grid): SampleGroup[] {
  const most = Math.max(2, Math.floor(ATTEMPTS_OF_ALL / 2 / Math.max(1, grid.cells.length)));
  return [...afterRl(grid).slice(0, most), ...duringRl(grid, most)];
}

/** The same test question before RL and after it, in every variant. */
function afterRl(grid: Grid): SampleGroup[] {
  const groups = new Groups();
  for (const { stage, seed } of beforeStages(grid)) for (const line of linesOf(stage)) groups.add(line, null, null, seed);
  const seeds = Math.max(1, Math.floor(MOST_ATTEMPTS / Math.max(1, grid.cells.length)));
  for (const [cell, { runs }] of grid.cells.entries())
    for (const run of runs.filter(({ after }) => after !== null).slice(0, seeds))
      for (const line of linesOf(stageNamed(run, run.after!.stage))) groups.add(line, null, cell, run.seed);
  return groups
    .list()
    .filter(({ attempts }) => attempts.some(({ cell }) => cell !== null))
    .slice(0, EVALUATED);
}

/** Each evaluation before RL once: variants share it. The seed is named where there are several. */
function beforeStages({ cells }: Grid): { stage: RunStage; seed: number | null }[] {
  const byKey = new Map<string, { stage: RunStage; seed: number }>();
  for (const run of cells.flatMap(({ runs }) => runs)) {
    const stage = run.before && stageNamed(run, run.before.stage);
    if (stage && !byKey.has(stage.key)) byKey.set(stage.key, { stage, seed: run.seed });
  }
  const all = [...byKey.values()].slice(0, MOST_ATTEMPTS);
  return all.length === 1 ? [{ stage: all[0]!.stage, seed: null }] : all;
}

/** The same training question in every variant, from the first iteration to the last; one seed, since seeds see different questions. */
function duringRl({ cells, seeds }: Grid, most: number): SampleGroup[] {
  const seed = seeds.find((one) => cells.some(({ runs }) => runs.some((run) => run.seed === one && run.iterations.length > 0)));
  if (seed === undefined) return [];
  const lines = cells.flatMap(({ runs }, cell) =>
    runs
      .filter((run) => run.seed === seed)
      .flatMap((run) => run.stages.filter(trains).flatMap((stage) => linesOf(stage).map((line) => ({ cell, line })))),
  );
  const there = [...new Set(lines.flatMap(({ line }) => finiteOf(line.iteration) ?? []))].sort((a, b) => a - b);
  const chosen = there.filter((_, index) => spread(there.length).has(index));
  return chosen.flatMap((iteration) => {
    const groups = new Groups();
    for (const { cell, line } of lines) if (line.iteration === iteration) groups.add(line, iteration, cell, seed);
    return groups.list().slice(0, Math.min(PER_ITERATION, Math.max(1, Math.floor(most / ITERATIONS))));
  });
}

/** Evenly spread indices, first and last among them. */
function spread(length: number): Set<number> {
  const count = Math.min(ITERATIONS, length);
  return new Set(Array.from({ length: count }, (_, index) => Math.round((index * (length - 1)) / Math.max(1, count - 1))));
}

function stageNamed({ stages }: GridRun, name: string): RunStage | undefined {
  return stages.findLast((stage) => stage.name === name);
}

/** The samples a stage kept. Their pictures are written relative to its folder, which may have moved since: then they are looked for by name. */
function linesOf(stage: RunStage | undefined): Plain[] {
  if (stage === undefined) return [];
  return readLines(join(stage.folder, "samples.jsonl"), [])
    .map(recordOf)
    .map((line) => ({ ...line, images: listOf(line.images).map((path) => placed(stage.folder, path)) }));
}

function placed(folder: string, path: unknown): unknown {
  const here = typeof path === "string" ? resolve(folder, path) : null;
  return here !== null && existsSync(here) ? here : path;
}

/** Questions in the order in which they come up; attempts at the same one together. */
class Groups {
  readonly #groups = new Map<string, SampleGroup & { readonly attempts: Attempt[] }>();

  add(line: Plain, iteration: number | null, cell: number | null, seed: number | null): void {
    const item = textOf(line.item) ?? "";
    const preferred = finiteOf(line.preferred);
    const group = {
      iteration,
      item,
      kind: textOf(line.kind),
      image: textOf(listOf(line.images)[0]),
      question: textOf(line.question) ?? "",
      responses: listOf(line.responses).map(String),
      preferred,
      attempts: [],
    };
    const entry = this.#groups.get(item) ?? group;
    this.#groups.set(item, entry);
    if (entry.attempts.some((attempt) => attempt.cell === cell && attempt.seed === seed)) return; // the first of several responses to it
    const answer = textOf(line.answer);
    entry.attempts.push({
      cell,
      seed,
      right: preferred !== null && answer === String(preferred),
      response: textOf(line.response) ?? "",
      thought: textOf(line.thought),
      answer,
      rules: mapValues(
        recordOf(line.rules),
        (outcome) => finiteOf(outcome) ?? textOf(recordOf(outcome).invalid) ?? "not a number",
      ),
      score: finiteOf(line.score),
    });
  }

  list(): SampleGroup[] {
    return [...this.#groups.values()];
  }
}
