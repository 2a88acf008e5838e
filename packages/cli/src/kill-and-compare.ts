import { Interrupted, InputError, randomStream, RunError } from "@rewardlab/core";
import { runFolder, runKey } from "@rewardlab/core/host";
import { readJsonLines } from "@rewardlab/storage";
import type { RandomStream } from "@rewardlab/core";
import type { Cell, Experiment } from "@rewardlab/core/host";
import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { firstDifference } from "./compare-bytes.ts";
import type { FirstDifference } from "./compare-bytes.ts";
import { killedRun, timedRun } from "./killed-run.ts";
import type { Killed } from "./killed-run.ts";
import { killPoints } from "./kill-points.ts";
import type { KillPoint, Timeline } from "./kill-points.ts";
import type { RunListener, WorkerEnd } from "./launch.ts";
import type { WorkerTask } from "./messages.ts";
import { createDisplay } from "./progress.ts";
import type { Display } from "./progress.ts";

/** What is tried. */
export interface Trial {
  readonly experiment: Experiment;
  readonly cell: Cell;
  /** All that is made lies here. */
  readonly folder: string;
  /** `--set`. */
  readonly set: readonly string[];
  readonly kills: number;
  /** What the instants are drawn from. */
  readonly seed: number;
  /** Where progress is told. */
  readonly output: NodeJS.WriteStream;
  readonly interrupt: AbortSignal;
}

/** A kill that fell. */
export interface Kill {
  readonly number: number;
  /** The stage, or other work, that the run was at. */
  readonly place: string;
  readonly at: string;
}

/** What is compared: an uninterrupted run of some stages, and runs of the same that are killed. */
export interface Part {
  readonly stages: readonly string[];
  /** Made before; taken as they are. */
  readonly found: readonly { readonly name: string; readonly folder: string }[];
}

export interface TrialOutcome {
  readonly kills: readonly Kill[];
  /** null: all equal. */
  readonly failure: Failure | null;
  /** Whether no two responses of an iteration had different scores. */
  readonly flat: boolean;
}
export interface Failure {
  readonly message: string;
  readonly difference: FirstDifference | null;
  /** The kills of the run that came out different; none where it is different without any. */
  readonly kills: readonly Kill[];
}

/** Where a run is before it told anything. */
const START = "start";

/** How often one run is killed before it may end. */
const KILLS_A_RUN = 4;

/** Runs each part once without a break, then kills it, resumes it and compares, until something differs. */
export async function verify(trial: Trial, parts: readonly Part[]): Promise<TrialOutcome> {
  const random = randomStream(trial.seed, "kills");
  const shares = parts.map((_, index) => Math.floor((trial.kills + index) / parts.length)); // the later part has more to it
  const labels = parts.flatMap((_, index) => [
    wholeLabel(parts, index),
    ...Array.from({ length: runsFor(shares[index]!) }, (_unused, run) => killedLabel(parts, index, run)),
  ]);
  const display = createDisplay(labels, 1, trial.output);
  const kills: Kill[] = [];
  let flat = false;
  try {
    for (const [index, part] of parts.entries()) {
      const root = join(trial.folder, `whole-${index}`);
      const timeline = await wholeRun(trial, parts, index, { root, display });
      if (part.stages.length === trial.cell.stages.length) flat = scoresAreFlat(runFolder(root, trial.cell.name, seedOf(trial)));
      const points = dealt(timeline, part, shares[index]!, random);
      for (const [run, own] of points.entries()) {
        const label = killedLabel(parts, index, run);
        const failure = await killAndCompare(trial, part, {
          timeline,
          points: own,
          expected: root,
          label,
          display,
          kills,
          makesData: index === 0 && run === 0,
        });
        if (failure !== null)
          return { kills, flat, failure: (await differsByItself(trial, parts, index, root, display)) ?? failure };
      }
    }
    if (kills.length === 0)
      throw new RunError("RL_VERIFY", "no kill fell: each run had ended before. More --kills, or another --seed.");
    return { kills, failure: null, flat };
  } finally {
    display.close();
  }
}

const runsFor = (kills: number) => Math.ceil(kills / KILLS_A_RUN);
const seedOf = ({ experiment }: Trial) => experiment.seeds[0]!;
const partName = (parts: readonly Part[], index: number) =>
  parts.length === 1 ? "" : index === 0 ? `${parts[0]!.stages.join(", ")}: ` : `after ${parts[0]!.stages.join(", ")}: `;
const wholeLabel = (parts: readonly Part[], index: number) => `${partName(parts, index)}uninterrupted`;
const killedLabel = (parts: readonly Part[], index: number, run: number) => `${partName(parts, index)}killed, run ${run + 1}`;

/** The instants of each run. What comes before the stages (making the data, say) is killed in the first: the others take the data from there. */
function dealt(timeline: Timeline, { stages }: Part, kills: number, random: RandomStream): KillPoint[][] {
  const runs: KillPoint[][] = Array.from({ length: runsFor(kills) }, () => []);
  const firstStage = timeline.events.findIndex(({ what }) => stages.includes(what));
  let next = 0;
  for (const point of killPoints(timeline, stages, kills, random))
    runs[point.after < firstStage ? 0 : next++ % runs.length]!.push(point);
  return runs;
}

async function wholeRun(
  trial: Trial,
  parts: readonly Part[],
  index: number,
  { root, display }: { readonly root: string; readonly display: Display },
): Promise<Timeline> {
  prepare(trial, parts[index]!, root, index > 0);
  const label = wholeLabel(parts, index);
  const { end, timeline } = await timedRun(taskOf(trial, parts[index]!, root), quiet(display.of(label)), trial.interrupt);
  display.end(label, end);
  checkEnd(trial, end, "the uninterrupted run");
  return timeline;
}

interface Attempt {
  readonly timeline: Timeline;
  readonly points: readonly KillPoint[];
  /** Where the uninterrupted run lies. */
  readonly expected: string;
  readonly label: string;
  readonly display: Display;
  /** What fell so far; more is added. */
  readonly kills: Kill[];
  /** Whether it makes the data itself, and may be killed at that; else it takes what was made. */
  readonly makesData: boolean;
}

/** How often a kill is tried that came after its run's end. */
const TRIES = 4;

/** Kills one run at each of the points, lets it end, and compares. A kill that comes too late is tried again, sooner, in a run of its own. */
async function killAndCompare(trial: Trial, part: Part, attempt: Attempt): Promise<Failure | null> {
  const { timeline, label, display, kills, expected } = attempt;
  let left = attempt.points;
  for (let tries = 0; tries < TRIES && left.length > 0; tries++) {
    const root = join(trial.folder, "killed");
    rmSync(root, { recursive: true, force: true, maxRetries: 3 });
    prepare(trial, part, root, !attempt.makesData || tries > 0);
    const task = taskOf(trial, part, root);
    const own: Kill[] = [];
    const late: KillPoint[] = [];
    let end: WorkerEnd | null = null;
    for (const point of left) {
      if (end?.type === "finished") {
        late.push(point);
        continue;
      }
      const killed = await killedRun(task, { point, timeline }, quiet(display.of(label)), trial.interrupt);
      if (trial.interrupt.aborted) throw new Interrupted("stopped");
      if (killed.fell) {
        const kill = killOf(kills.length + 1, killed);
        kills.push(kill);
        own.push(kill);
        display.note(`kill ${kill.number} of ${trial.kills}: ${kill.at}`);
      } else {
        end = killed.end;
        if (end.type === "failed") return doesNotGoOn(end, own);
        late.push({ ...point, wait: point.wait / 2 });
      }
    }
    end = end?.type === "finished" ? end : (await timedRun(task, quiet(display.of(label)), trial.interrupt)).end;
    if (trial.interrupt.aborted) throw new Interrupted("stopped");
    display.end(label, end);
    if (end.type === "failed") return doesNotGoOn(end, own);
    const difference = firstDifference(expected, root);
    if (difference !== null) return { message: `${difference.file}: ${difference.how}`, difference, kills: own };
    left = late;
  }
  return null;
}

function killOf(number: number, { last, since }: Killed): Kill {
  const where = last === null ? START : `${last.what} ${last.done}/${last.total}`;
  return { number, place: last?.what ?? START, at: `${where} + ${since.toFixed(0)} ms` };
}

function doesNotGoOn(end: WorkerEnd & { type: "failed" }, kills: readonly Kill[]): Failure {
  return { message: `the run does not go on: ${end.message}`, difference: null, kills };
}

/** Another uninterrupted run tells a run that can't go on from one that is never the same. */
async function differsByItself(
  trial: Trial,
  parts: readonly Part[],
  index: number,
  expected: string,
  display: Display,
): Promise<Failure | null> {
  const root = join(trial.folder, "again");
  display.note("it differs; another uninterrupted run shows whether it does without kills as well");
  await wholeRun(trial, parts, index, { root, display });
  const difference = firstDifference(expected, root);
  return difference === null ? null : { message: `${difference.file}: ${difference.how}`, difference, kills: [] };
}

/** A folder with what was made before: the data, where they are kept as files, and finished stages. */
function prepare(trial: Trial, { found }: Part, root: string, withData: boolean): void {
  mkdirSync(join(root, "artefacts"), { recursive: true });
  for (const { folder } of found) symlinkSync(folder, join(root, "artefacts", basename(folder)), "junction");
  const data = join(trial.folder, "whole-0", "data");
  if (withData && existsSync(data)) symlinkSync(data, join(root, "data"), "junction");
}

function taskOf(trial: Trial, { stages, found }: Part, root: string): WorkerTask {
  const { experiment, cell, set } = trial;
  const seed = seedOf(trial);
  const key = runKey(experiment, cell, seed);
  const shortened = { stages, whole: found.map(({ name }) => name) };
  return { file: experiment.file, set, cell: cell.name, seed, key, root, useShipped: false, shortened };
}

function checkEnd(trial: Trial, end: WorkerEnd, what: string): void {
  if (trial.interrupt.aborted || end.type === "interrupted") throw new Interrupted("stopped");
  if (end.type !== "failed") return;
  const message = `${what} failed: ${end.message}`;
  throw end.kind === "input" ? new InputError("RL_VERIFY", message) : new RunError("RL_VERIFY", message);
}

/** Its notes are the same for each of the runs. */
function quiet(listener: RunListener): RunListener {
  return { progress: listener.progress, note: () => {} };
}

/** Whether no iteration had responses with different scores: then nothing is learnt, and a part that keeps something of them shows nothing. */
function scoresAreFlat(folder: string): boolean {
  const { lines } = readJsonLines(join(folder, "metrics.jsonl"));
  const deviations = (lines as { scoreDeviation?: unknown }[]).flatMap(({ scoreDeviation }) => scoreDeviation ?? []);
  return deviations.length > 0 && deviations.every((deviation) => deviation === 0);
}
