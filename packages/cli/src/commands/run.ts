import { loadExperiment, lockFolder, runFolder, runKey, unusedPath } from "@rewardlab/core";
import type { Experiment } from "@rewardlab/core";
import { existsSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative, resolve } from "node:path";
import PQueue from "p-queue";
import pc from "picocolors";
import { count, isFinished, runsOf, statusOf, takesShipped, writeGrid } from "../grid.ts";
import type { GridRun } from "../grid.ts";
import { unknownError } from "../fail.ts";
import { runInWorker } from "../launch.ts";
import type { WorkerEnd } from "../launch.ts";
import { registryFor } from "../plugins.ts";
import { createDisplay } from "../progress.ts";
import { showSummary } from "../summary.ts";

interface RunOptions {
  readonly fresh?: boolean;
  readonly workers?: number;
  readonly runs: string;
  readonly json?: boolean;
  readonly set: readonly string[];
  readonly debug: boolean;
}

export async function run(file: string, options: RunOptions): Promise<void> {
  const experiment = await loadExperiment(file, { set: options.set, registryFor });
  const root = join(resolve(options.runs), experiment.name);
  const unlock = lockFolder(root);
  try {
    const kept = options.fresh ? setAside(root) : null;
    if (kept !== null) say(options, `${experiment.name}: what was there is kept in ${kept}`);
    const useShipped = options.fresh ? false : takesShipped(root, console.error);
    writeGrid(experiment, root, useShipped);
    const runs = runsOf(experiment).map((one) => ({ ...one, status: statusOf(experiment, root, one, console.error) }));
    const open = runs.filter(({ status }) => !isFinished(status));
    const collapsed = runs.filter(({ status }) => status?.status === "collapsed").length;
    if (open.length === 0) say(options, `${experiment.name}: ${allFinished(runs.length, collapsed)}. --fresh runs anew.`);
    const ends = open.length === 0 ? [] : await runOpen(experiment, root, runs, open, useShipped, options);
    showSummary(root, options.json === true);
    process.exitCode = exitCode(ends, collapsed > 0);
  } finally {
    unlock();
  }
}

/** What earlier runs left is kept: runs/<name>.previous, .previous-2 and so on. Returns where; null where there was nothing. */
function setAside(root: string): string | null {
  if (readdirSync(root).every((name) => name === ".lock")) return null;
  const previous = unusedPath(`${root}.previous`);
  renameSync(root, previous);
  mkdirSync(root);
  renameSync(join(previous, ".lock"), join(root, ".lock"));
  return relative(process.cwd(), previous);
}

async function runOpen(
  experiment: Experiment,
  root: string,
  runs: readonly GridRun[],
  open: readonly GridRun[],
  useShipped: boolean,
  options: RunOptions,
): Promise<WorkerEnd[]> {
  const workers = Math.min(options.workers ?? availableParallelism(), open.length);
  const resumed = open.filter((one) => existsSync(join(runFolder(root, one.cell.name, one.seed), "checkpoints"))).length;
  say(
    options,
    `${pc.bold(experiment.name)}: ${count(experiment.cells.length, "cell")} × ${count(experiment.seeds.length, "seed")} = ${count(runs.length, "run")}, ${runs.length - open.length} done, ` +
      `${workers} at a time${resumed > 0 ? `, ${resumed} ${resumed === 1 ? "goes on where it was" : "go on where they were"}` : ""}. Ctrl-C stops; the next run goes on.`,
  );
  const controller = new AbortController();
  const display = createDisplay(
    open.map(({ label }) => label),
    options.json ? process.stderr : process.stdout,
  );
  const interrupt = () => {
    display.note("stopping: each run saves where it is …");
    controller.abort();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    const queue = new PQueue({ concurrency: workers });
    const ends = (await Promise.all(
      open.map((one) =>
        queue.add(async () => {
          if (controller.signal.aborted) return { type: "interrupted" } satisfies WorkerEnd;
          const key = runKey(experiment, one.cell, one.seed);
          const task = { file: experiment.file, set: options.set, cell: one.cell.name, seed: one.seed, key, root, useShipped };
          const end = await runInWorker(task, display.of(one.label), controller.signal);
          display.end(one.label, end);
          return end;
        }),
      ),
    )) as WorkerEnd[];
    display.close();
    tellFailures(open, ends, options.debug);
    return ends;
  } finally {
    display.close();
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}

/** Says what failed: the other runs went on. */
function tellFailures(open: readonly GridRun[], ends: readonly WorkerEnd[], debug: boolean): void {
  for (const [index, end] of ends.entries()) {
    if (end.type !== "failed") continue;
    console.error(`${pc.red("failed")} ${open[index]!.label}: ${end.message}`);
    if (debug) console.error(end.stack);
    else if (!end.known) console.error(unknownError);
  }
}

/** A grid with a collapsed run is not done, whenever it was that it collapsed. */
function exitCode(ends: readonly WorkerEnd[], collapsedBefore: boolean): number {
  if (ends.some(({ type }) => type === "interrupted")) return 130;
  const failed = ends.filter((end) => end.type === "failed");
  if (failed.length > 0) return failed.every(({ kind }) => kind === "input") ? 2 : 1;
  return collapsedBefore || ends.some((end) => end.type === "finished" && end.status.status === "collapsed") ? 1 : 0;
}

function allFinished(runs: number, collapsed: number): string {
  if (collapsed === 0) return runs === 1 ? "its run is done" : `all ${runs} runs are done`;
  return `${runs === 1 ? "its run is" : `all ${runs} runs are`} finished, ${collapsed} collapsed`;
}

function say(options: RunOptions, text: string): void {
  if (!options.json) console.log(text);
}
