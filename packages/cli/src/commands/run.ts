import { loadExperiment, lockFolder, runFolder } from "@rewardlab/core";
import type { Experiment } from "@rewardlab/core";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import PQueue from "p-queue";
import pc from "picocolors";
import { isFinished, runsOf, statusOf, takesShipped, writeGrid } from "../grid.ts";
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
    if (options.fresh) setAside(root);
    const useShipped = options.fresh ? false : takesShipped(root);
    writeGrid(experiment, root, useShipped);
    const runs = runsOf(experiment);
    const open = runs.filter((one) => !isFinished(statusOf(experiment, root, one)));
    if (open.length === 0) say(options, `${experiment.name}: all ${runs.length} runs are done. --fresh runs them anew.`);
    else await runOpen(experiment, root, runs, open, useShipped, options);
    showSummary(root, options.json === true);
  } finally {
    unlock();
  }
}

/** What an earlier run left is kept, once: runs/<name>.previous. */
function setAside(root: string): void {
  const previous = `${root}.previous`;
  rmSync(previous, { recursive: true, force: true });
  renameSync(root, previous);
  mkdirSync(root);
  renameSync(join(previous, ".lock"), join(root, ".lock"));
}

async function runOpen(
  experiment: Experiment,
  root: string,
  runs: readonly GridRun[],
  open: readonly GridRun[],
  useShipped: boolean,
  options: RunOptions,
): Promise<void> {
  const workers = Math.min(options.workers ?? availableParallelism(), open.length);
  const resumed = open.filter((one) => existsSync(join(runFolder(root, one.cell.name, one.seed), "checkpoints"))).length;
  say(
    options,
    `${pc.bold(experiment.name)}: ${experiment.cells.length} cells × ${experiment.seeds.length} seeds = ${runs.length} runs, ${runs.length - open.length} done, ` +
      `${workers} at a time${resumed > 0 ? `, ${resumed} go on where they were` : ""}. Ctrl-C stops; the next run goes on.`,
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
    const ends = await Promise.all(
      open.map((one) =>
        queue.add(async () => {
          if (controller.signal.aborted) return { type: "interrupted" } satisfies WorkerEnd;
          const task = { file: experiment.file, set: options.set, cellIndex: one.cellIndex, seed: one.seed, root, useShipped };
          const end = await runInWorker(task, display.of(one.label), controller.signal);
          display.end(one.label, end);
          return end;
        }),
      ),
    );
    display.close();
    conclude(open, ends as WorkerEnd[], options.debug);
  } finally {
    display.close();
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}

/** Sets the exit code, and says what failed: the other runs went on. */
function conclude(open: readonly GridRun[], ends: readonly WorkerEnd[], debug: boolean): void {
  const failed = ends.flatMap((end, index) => (end.type === "failed" ? [{ run: open[index]!, end }] : []));
  for (const { run: one, end } of failed) {
    console.error(`${pc.red("failed")} ${one.label}: ${end.message}`);
    if (debug) console.error(end.stack);
    else if (!end.known) console.error(unknownError);
  }
  if (ends.some((end) => end.type === "interrupted")) process.exitCode = 130;
  else if (failed.length > 0) process.exitCode = failed.every(({ end }) => end.kind === "input") ? 2 : 1;
}

function say(options: RunOptions, text: string): void {
  if (!options.json) console.log(text);
}
