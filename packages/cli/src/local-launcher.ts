import { runFolder, runKey } from "@rewardlab/core/host";
import { readJson, writeJson } from "@rewardlab/storage";
import type { Experiment, RunStatus } from "@rewardlab/core/host";
import { join } from "node:path";
import type { PlannedRun } from "./grid.ts";
import { changedMeanwhile } from "./plugin-changes.ts";
import { runInWorker } from "./launch.ts";
import type { RunListener, WorkerEnd, WorkerOptions } from "./launch.ts";
import type { Display } from "./progress.ts";
import type { Share } from "./resources.ts";
import { runLog } from "./run-log.ts";
import type { RunLog } from "./run-log.ts";

export interface Launch {
  readonly experiment: Experiment;
  readonly set: readonly string[];
  readonly root: string;
  readonly useShipped: boolean;
  readonly share: Share;
  readonly hangAfterSeconds: number;
  readonly display: Display;
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
}

/**
 * The launcher for this machine: each run in a process of its own, `share.workers` at a time. A run that fails by what may be chance is tried once more,
 * after the others, and goes on where it was; any other is not, since a run computes the same each time. Returns how each run ended, in the order given.
 */
export async function launchLocally(runs: readonly PlannedRun[], launch: Launch): Promise<WorkerEnd[]> {
  const ends = new Map<PlannedRun, WorkerEnd>();
  const queue = runs.map((run) => ({ run, attempt: 1 }));
  const lane = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { run, attempt } = next;
      const end: WorkerEnd = launch.stop.aborted ? { type: "interrupted" } : await attemptRun(run, attempt, launch);
      if (end.type === "failed" && end.kind !== "input" && end.chance && attempt === 1 && !launch.stop.aborted) {
        launch.display.again(run.label, end);
        queue.push({ run, attempt: 2 });
        continue;
      }
      const last = end.type === "failed" ? { ...end, message: `${end.message}${triesOf(end, attempt)}` } : end;
      if (last.type === "failed" && last.kind !== "input") writeFailure(run, last, launch);
      launch.display.end(run.label, last);
      ends.set(run, last);
    }
  };
  await Promise.all(Array.from({ length: launch.share.workers }, lane));
  return runs.map((run) => ends.get(run)!);
}

function triesOf({ kind, chance }: WorkerEnd & { readonly type: "failed" }, attempt: number): string {
  if (attempt > 1) return " (tried twice)";
  return kind === "input" || chance ? "" : " (not tried again: it would fail the same way)";
}

async function attemptRun(run: PlannedRun, attempt: number, launch: Launch): Promise<WorkerEnd> {
  const { experiment, set, root, useShipped, share, display, stop, kill, hangAfterSeconds } = launch;
  const key = runKey(experiment, run.cell, run.seed);
  const task = { file: experiment.file, set, cell: run.cell.name, seed: run.seed, key, root, useShipped };
  const changed = changedMeanwhile(experiment, run.cell, run.seed);
  if (changed !== null) return { type: "failed", kind: "input", message: changed, stack: "", known: true, chance: false };
  const log = runLog(runFolder(root, run.cell.name, run.seed));
  log.begin(attempt, share.threads);
  const options: WorkerOptions = { stop, kill, hangAfterSeconds, threads: share.threads };
  const end = await runInWorker(task, both(display.of(run.label), log), options);
  log.end(end);
  return end;
}

function both(shown: RunListener, log: RunLog): RunListener {
  return {
    progress: (...given) => {
      shown.progress(...given);
      log.progress(...given);
    },
    note: (message) => {
      shown.note(message);
      log.note(message);
    },
    engine: (message) => {
      shown.engine?.(message);
      log.note(message);
    },
    output: (text) => log.output(text),
  };
}

/** A process that died could not say so in its run's folder, nor one that ended by what nothing in the run waited for. */
function writeFailure(run: PlannedRun, { kind, message }: WorkerEnd & { type: "failed" }, { experiment, root }: Launch): void {
  const path = join(runFolder(root, run.cell.name, run.seed), "status.json");
  const status: RunStatus = {
    status: "failed",
    reason: message,
    key: runKey(experiment, run.cell, run.seed),
    at: new Date().toISOString(),
  };
  try {
    const there = readJson(path) as RunStatus | undefined;
    const told = ["done", "collapsed", ...(kind === "run" ? ["failed"] : [])];
    if (!told.includes(there?.status ?? "")) writeJson(path, status);
  } catch {
    // what can't be written is reported all the same
  }
}
