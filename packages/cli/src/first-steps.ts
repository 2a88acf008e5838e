import { InputError, Interrupted, RunError } from "@rewardlab/core";
import { findArtefact, metricsOfStages, planStages, runFolder, runKey } from "@rewardlab/core/host";
import { readJsonLines } from "@rewardlab/storage";
import type { Cell, Experiment, RunStatus } from "@rewardlab/core/host";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { isFinished } from "./grid.ts";
import { runInWorker } from "./launch.ts";
import { planningContainer, planningOf } from "./planning.ts";
import { rememberTiming } from "./timing-store.ts";
import { readTiming } from "./timing.ts";
import type { Timing } from "./timing.ts";

/** What a run's first steps showed. */
export interface FirstSteps {
  readonly cell: string;
  readonly timing: Timing;
  /** The metrics of each of RL's first iterations. */
  readonly metrics: readonly Readonly<Record<string, unknown>>[];
  /** Names of those that say something by being 0, as the components that count them declare. */
  readonly telling: readonly string[];
}

interface Tried {
  readonly experiment: Experiment;
  readonly root: string;
  readonly set: readonly string[];
  readonly useShipped: boolean;
}

/** A grid of more cells is timed by its first one alone. */
const MOST_CELLS = 8;

/** Runs the first steps of a run of each cell for real, in a temporary folder: what a unit of each stage takes, and what acts. */
export async function tryFirstSteps(
  tried: Tried,
  runs: readonly { readonly cell: Cell; readonly seed: number; readonly status: RunStatus | null }[],
): Promise<FirstSteps[]> {
  const byCell = new Map(runs.toReversed().map((run) => [run.cell, run])); // of each cell its first run
  const open = [...byCell.values()].toReversed().filter(({ status }) => !isFinished(status));
  const chosen = open.length === 0 ? runs.slice(0, 1) : open.length > MOST_CELLS ? open.slice(0, 1) : open;
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.on("SIGINT", stop);
  try {
    const steps: FirstSteps[] = [];
    for (const { cell, seed } of chosen) steps.push(await stepsOf(tried, cell, seed, controller.signal));
    return steps;
  } finally {
    process.off("SIGINT", stop);
  }
}

async function stepsOf(
  { experiment, root, set, useShipped }: Tried,
  cell: Cell,
  seed: number,
  stop: AbortSignal,
): Promise<FirstSteps> {
  const folder = mkdtempSync(join(tmpdir(), "rewardlab-plan-"));
  try {
    const whole: string[] = [];
    const container = planningOf(planningContainer(experiment, root), cell);
    mkdirSync(join(folder, "artefacts"));
    for (const stage of planStages({ experiment, cell, seed, root }, container.create(cell.data), container.create(cell.model))) {
      const found = stage.stage.component.keeps === "artefact" ? findArtefact({ experiment, useShipped }, stage) : null;
      if (found === null) break; // what comes after starts from a policy cut short
      whole.push(stage.name);
      symlinkSync(found.folder, join(folder, "artefacts", basename(found.folder)), "junction");
    }
    const key = runKey(experiment, cell, seed);
    const task = { file: experiment.file, set, cell: cell.name, seed, key, root: folder, useShipped, firstSteps: whole };
    console.error(`timing the first steps of ${cell.name}, seed ${seed} …`);
    const end = await runInWorker(task, { progress: () => {}, note: () => {} }, { stop });
    if (end.type === "interrupted") throw new Interrupted("stopped while timing");
    if (end.type === "failed")
      throw end.kind === "input"
        ? new InputError("RL_PLAN_TIME", end.message)
        : new RunError("RL_PLAN_TIME", `timing: ${end.message}`);
    const own = runFolder(folder, cell.name, seed);
    const timing = readTiming(own)!;
    rememberTiming(cell, timing);
    const metrics = readJsonLines(join(own, "metrics.jsonl")).lines as FirstSteps["metrics"];
    return { cell: cell.name, timing, metrics, telling: tellingMetrics(cell) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How often a guard acted, and what else a component says the meaning of 0 of. */
function tellingMetrics(cell: Cell): string[] {
  const declared = Object.values(metricsOfStages(cell)).flatMap((metrics) => Object.entries(metrics));
  return [...new Set(declared.flatMap(([name, { guard, zero }]) => (guard === true || zero !== undefined ? [name] : [])))];
}

/** What a component counts of what it did, and that stayed 0. */
export interface DidNothing {
  readonly cell: string;
  readonly metrics: readonly string[];
  readonly iterations: number;
}

/** The metrics that stayed 0 in all of the first iterations: what they count did nothing so far. */
export function didNothing(steps: readonly FirstSteps[]): DidNothing[] {
  return steps.flatMap(({ cell, metrics: lines, telling }) => {
    const names = telling.filter((name) => lines.length > 0 && lines.every((line) => line[name] === 0));
    return names.length === 0 ? [] : [{ cell, metrics: names, iterations: lines.length }];
  });
}

/** What the first iterations said of parts that did nothing, one line for each cell. */
export function didNothingLines(found: readonly DidNothing[]): string[] {
  return found.map(
    ({ cell, metrics, iterations }) =>
      `${cell}: ${metrics.join(", ")} ${metrics.length === 1 ? "was" : "were"} 0 in the first ${iterations === 1 ? "iteration" : `${iterations} iterations`}: what ${metrics.length === 1 ? "it counts" : "they count"} did nothing there, and where that stays so it makes no difference.`,
  );
}
