import { checkRemoteModels, checkSplits, gridWarnings, loadExperiment, runFolder } from "@rewardlab/core/host";
import { lockFolder } from "@rewardlab/storage";
import type { Experiment } from "@rewardlab/core/host";
import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import pc from "picocolors";
import { cannotAct, cannotActLines } from "../cannot-act.ts";
import { unknownError } from "../fail.ts";
import { didNothing, didNothingLines, tryFirstSteps } from "../first-steps.ts";
import {
  count,
  isFinished,
  MOST_RUNS,
  once,
  runsOf,
  seedsPlanned,
  seedCountText,
  statusOf,
  takesShipped,
  writeGrid,
} from "../grid.ts";
import type { PlannedRun } from "../grid.ts";
import type { WorkerEnd } from "../launch.ts";
import { launchLocally } from "../local-launcher.ts";
import { datasetsOf, planningCells } from "../planning.ts";
import { changedSince } from "../plugin-changes.ts";
import { registryFor } from "../plugins.ts";
import { createDisplay } from "../progress.ts";
import { shareOut } from "../resources.ts";
import { finishFresh, forgetFresh, startFresh } from "../start-fresh.ts";
import { seedsWarning } from "../seeds-history.ts";
import { showSummary } from "../summary.ts";
import { rememberTiming } from "../timing-store.ts";
import { readTiming } from "../timing.ts";

interface RunOptions {
  readonly fresh?: boolean;
  readonly time?: boolean;
  readonly workers?: number;
  readonly hangAfter: number;
  readonly runs: string;
  readonly json?: boolean;
  readonly yes?: boolean;
  readonly set: readonly string[];
  readonly debug: boolean;
}

/**
 * `rewardlab run`: runs what isn't done of an experiment. Throws `ExperimentError` for a file that is wrong, and `RunError` where a run failed for
 * good.
 */
export async function run(file: string, options: RunOptions): Promise<void> {
  const experiment = await loadExperiment(file, {
    set: options.set,
    registryFor,
    ...(options.yes ? {} : { mostRuns: MOST_RUNS }),
  });
  const root = join(resolve(options.runs), experiment.name);
  checkSplits(experiment, datasetsOf(experiment, root));
  checkRemoteModels(experiment, planningCells(experiment, root));
  finishFresh(root);
  const unlock = lockFolder(root);
  const note = once(console.error);
  try {
    forgetFresh(root);
    const kept = options.fresh ? startFresh(root) : null;
    if (kept !== null) say(options, `${experiment.name}: what was there is kept in ${kept}`);
    const useShipped = options.fresh ? false : takesShipped(root, note);
    const seedsHistory = seedsPlanned(experiment, root, note);
    const warning = seedsWarning(seedsHistory);
    if (warning !== null) say(options, `${pc.yellow("warning")} ${warning}`);
    writeGrid(experiment, root, useShipped, seedsHistory);
    for (const line of changedSince(experiment, root, runsOf(experiment))) say(options, `${pc.yellow("note")} ${line}`);
    const runs = runsOf(experiment).map((one) => ({ ...one, status: statusOf(experiment, root, one, note) }));
    const open = runs.filter(({ status }) => !isFinished(status));
    const collapsed = runs.filter(({ status }) => status?.status === "collapsed").length;
    if (open.length === 0) say(options, `${experiment.name}: ${allFinished(runs.length, collapsed)}. --fresh runs anew.`);
    if (options.time && open.length > 0) {
      const tried = await tryFirstSteps({ experiment, root, set: options.set, useShipped }, runs);
      for (const line of didNothingLines(didNothing(tried))) say(options, `${pc.yellow("warning")} ${line}`);
    }
    const ends = open.length === 0 ? [] : await runOpen(experiment, root, runs, open, useShipped, options);
    showSummary(root, options.json === true);
    process.exitCode = exitCode(ends, collapsed > 0);
  } finally {
    unlock();
  }
}

async function runOpen(
  experiment: Experiment,
  root: string,
  runs: readonly PlannedRun[],
  open: readonly PlannedRun[],
  useShipped: boolean,
  options: RunOptions,
): Promise<WorkerEnd[]> {
  const peak = Math.max(0, ...runs.map((one) => readTiming(runFolder(root, one.cell.name, one.seed))?.peakMemory ?? 0));
  const share = shareOut(open.length, { asked: options.workers, peak: peak || undefined });
  const resumed = open.filter((one) => existsSync(join(runFolder(root, one.cell.name, one.seed), "checkpoints"))).length;
  say(
    options,
    `${pc.bold(experiment.name)}: ${count(experiment.cells.length, "cell")} × ${seedCountText(experiment)} = ${count(runs.length, "run")}, ${runs.length - open.length} done, ` +
      `${share.workers} at a time (${share.because})${resumed > 0 ? `, ${resumed} ${resumed === 1 ? "goes on where it was" : "go on where they were"}` : ""}. Ctrl-C stops; the next run goes on.`,
  );

  tellBeforehand(experiment, options);
  const [stop, kill] = [new AbortController(), new AbortController()];
  const display = createDisplay(
    open.map(({ label }) => label),
    share.workers,
    options.json ? process.stderr : process.stdout,
  );
  const interrupt = () => {
    if (stop.signal.aborted) {
      display.note("stopping at once: the next run goes on from what was last saved");
      kill.abort();
      return;
    }
    display.note("stopping: each run saves where it is … (Ctrl-C again stops at once)");
    stop.abort();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, interrupt);
  try {
    const ends = await launchLocally(open, {
      experiment,
      set: options.set,
      root,
      useShipped,
      share,
      hangAfterSeconds: options.hangAfter,
      display,
      stop: stop.signal,
      kill: kill.signal,
    });
    display.close();
    for (const one of open) {
      const timing = readTiming(runFolder(root, one.cell.name, one.seed));
      if (timing !== null) rememberTiming(one.cell, timing);
    }
    tellFailures(open, ends, root, options.debug);
    return ends;
  } finally {
    display.close();
    for (const signal of signals) process.off(signal, interrupt);
  }
}

/** What can't act, and which comparisons say less than they promise: before it costs anything. */
function tellBeforehand(experiment: Experiment, options: RunOptions): void {
  for (const line of cannotActLines(cannotAct(experiment), experiment.cells.length))
    say(options, `${pc.yellow("can't act")} ${line}`);
  for (const { message } of gridWarnings(experiment).slice(0, MOST_WARNINGS)) say(options, `${pc.yellow("warning")} ${message}`);
}
const MOST_WARNINGS = 10;

/** Says what failed: the other runs went on. What stopped many for one reason is told once. */
function tellFailures(open: readonly PlannedRun[], ends: readonly WorkerEnd[], root: string, debug: boolean): void {
  const refused = new Map<string, string[]>();
  for (const [index, end] of ends.entries()) {
    if (end.type !== "failed") continue;
    const { label, cell, seed } = open[index]!;
    if (end.kind === "input") {
      refused.set(end.message, [...(refused.get(end.message) ?? []), label]);
      continue;
    }
    console.error(`${pc.red("failed")} ${label}: ${end.message}`);
    if (debug) console.error(end.stack);
    else if (!end.known) console.error(unknownError);
    const log = join(runFolder(root, cell.name, seed), "log.txt");
    if (existsSync(log)) console.error(`  its log: ${relative(process.cwd(), log)}`);
  }
  for (const [message, labels] of refused) console.error(`${pc.red("failed")} ${several(labels)}: ${message}`);
}

function several(labels: readonly string[]): string {
  return labels.length <= 3 ? labels.join(", ") : `${labels.slice(0, 2).join(", ")} and ${labels.length - 2} more`;
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
