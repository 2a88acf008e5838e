import {
  cellHash,
  checkRemoteModels,
  checkSplits,
  findArtefact,
  gridWarnings,
  labelOf,
  loadExperiment,
  planStages,
  stageWork,
} from "@rewardlab/core/host";
import type { Amounts, StageWork } from "@rewardlab/core";
import type { Cell, Experiment, RunStatus } from "@rewardlab/core/host";
import { shortPath } from "@rewardlab/storage";
import { join, resolve } from "node:path";
import pc from "picocolors";
import { cannotAct, cannotActLines } from "../cannot-act.ts";
import { estimate, timingsOf } from "../estimate.ts";
import type { Estimate, RunAhead, TimingSource } from "../estimate.ts";
import { didNothing, didNothingLines, tryFirstSteps } from "../first-steps.ts";
import type { DidNothing } from "../first-steps.ts";
import { count, isFinished, MOST_RUNS, runsOf, listedSeeds, statusOf, takesShipped } from "../grid.ts";
import type { PlannedRun } from "../grid.ts";
import { datasetsOf, planningCells, planningContainer, planningOf } from "../planning.ts";
import { registryFor } from "../plugins.ts";
import { shareOut } from "../resources.ts";
import type { Share } from "../resources.ts";
import { textTable } from "../table.ts";
import { rememberedTiming } from "../timing-store.ts";
import { duration } from "../time-left.ts";

interface PlanOptions {
  readonly runs: string;
  readonly workers?: number;
  readonly time?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly set: readonly string[];
}

/** Says what a run of the grid would do, before anything is run. */
export async function plan(file: string, options: PlanOptions): Promise<void> {
  const experiment = await loadExperiment(file, {
    set: options.set,
    registryFor,
    ...(options.yes ? {} : { mostRuns: MOST_RUNS }),
  });
  const root = join(resolve(options.runs), experiment.name);
  const made = lookAt(experiment, root);
  const peak = Math.max(0, ...timingsOf(root, made.runs).map(({ peakMemory }) => peakMemory));
  const open = made.runs.filter(({ status }) => !isFinished(status));
  const share = shareOut(open.length, { asked: options.workers, peak: peak || undefined });
  const earlier = timingsOf(root, made.runs);
  const tried = options.time
    ? await tryFirstSteps({ experiment, root, set: options.set, useShipped: made.useShipped }, made.runs)
    : [];
  const remembered = experiment.cells.map(rememberedTiming);
  const sources: readonly TimingSource[] = [
    { name: "timed now", timings: tried.map(({ timing }) => timing) },
    { name: "from earlier runs", timings: earlier },
    { name: "from what was timed on this machine", timings: remembered.map(({ exact }) => exact) },
    {
      name: "from what was timed on this machine with another model, so roughly",
      timings: remembered.map(({ rough }) => rough),
    },
  ];
  const time = estimate(made.ahead, sources, share.workers);
  const used = new Set(time.rates.filter(({ stage }) => isAhead(made, stage)).map((rate) => rate.source));
  const source = used.size === 0 ? null : [...used].join(", ");
  const result = {
    ...describe(experiment, root, made, share, time, source),
    ...(options.time ? { firstSteps: didNothing(tried) } : {}),
  };
  if (options.json) console.log(JSON.stringify(result, null, 2));
  else print(experiment, result);
}

const isAhead = ({ ahead }: Made, stage: string) =>
  ahead.some(({ stages }) => stages.some(({ name, done }) => name === stage && !done));

// ---------------------------------------------------------------- what there is

type KnownRun = PlannedRun & { readonly status: RunStatus | null };

interface Made {
  readonly runs: readonly KnownRun[];
  readonly ahead: readonly RunAhead[];
  readonly artefacts: readonly ArtefactPlan[];
  /** Of each cell, its stages' work. */
  readonly work: ReadonlyMap<Cell, readonly { readonly stage: string; readonly work: StageWork | null }[]>;
  readonly useShipped: boolean;
}

/** A stage's artefact, by its key: made once, and taken by all runs whose key is the same. */
interface ArtefactPlan {
  readonly stage: string;
  readonly key: string;
  readonly runs: number;
  readonly state: "done" | "shipped" | "to do";
}

function lookAt(experiment: Experiment, root: string): Made {
  const useShipped = takesShipped(root, console.error);
  const container = planningContainer(experiment, root);
  const dataOf = datasetsOf(experiment, root);
  const modelOf = (cell: Cell) => planningOf(container, cell).create(cell.model);
  checkSplits(experiment, dataOf);
  checkRemoteModels(experiment, planningCells(experiment, root));
  const work = new Map(
    experiment.cells.map((cell) => [
      cell,
      cell.stages.map(({ name, stage }) => ({ stage: name, work: stageWork(stage, planningOf(container, cell)) })),
    ]),
  );
  const artefacts = new Map<string, { stage: string; key: string; runs: number; state: ArtefactPlan["state"] }>();
  const ahead: RunAhead[] = [];
  const runs = runsOf(experiment).map((run): KnownRun => {
    const status = statusOf(experiment, root, run, console.error);
    const stages = planStages({ ...run, experiment, root }, dataOf(run.cell), modelOf(run.cell)).map((stage, index) => {
      const { units = null, size = 0 } = work.get(run.cell)![index]!.work ?? {};
      const shared = stage.stage.component.keeps === "artefact";
      const known = artefacts.get(stage.key);
      const found = shared && known === undefined ? findArtefact({ experiment, useShipped }, stage) : null;
      if (shared) {
        const state = found === null ? "to do" : found.shipped ? "shipped" : "done";
        artefacts.set(stage.key, {
          stage: stage.name,
          key: stage.key,
          state: known?.state ?? state,
          runs: (known?.runs ?? 0) + 1,
        });
      }
      const done = isFinished(status) || (shared && artefacts.get(stage.key)!.state !== "to do");
      return { name: stage.name, sharedKey: shared ? stage.key : null, done, units, size };
    });
    ahead.push({ run: run.label, stages });
    return { ...run, status };
  });
  return { runs, ahead, artefacts: [...artefacts.values()], work, useShipped };
}

// ---------------------------------------------------------------- how long it takes

// ---------------------------------------------------------------- what is told

function describe(experiment: Experiment, root: string, made: Made, share: Share, time: Estimate, source: string | null) {
  const { runs, artefacts, work } = made;
  const ofCell = (cell: Cell) => runs.filter((one) => one.cell === cell);
  return {
    name: experiment.name,
    runs: {
      all: runs.length,
      done: runs.filter(({ status }) => isFinished(status)).length,
      failed: runs.filter(({ status }) => status?.status === "failed").length,
    },
    seeds: experiment.seeds,
    seedLevels: experiment.seedLevels,
    compare: experiment.compare,
    alsoCompare: experiment.alsoCompare,
    folder: shortPath(root, process.cwd()),
    factors: experiment.factors,
    cells: experiment.cells.map((cell) => ({
      name: cell.name,
      baseline: cell.baseline,
      against: cell.against,
      hash: cellHash(cell, experiment.registry),
      overrides: cell.overrides,
      levels: cell.levels,
      done: ofCell(cell).filter(({ status }) => isFinished(status)).length,
      runs: experiment.seeds.length,
    })),
    artefacts,
    batches: batchesOf(experiment, work),
    workers: share.workers,
    threads: share.threads,
    workersBecause: share.because,
    time: { source, ...time },
    cannotAct: cannotAct(experiment),
    warnings: gridWarnings(experiment),
  };
}
type Described = ReturnType<typeof describe> & { readonly firstSteps?: readonly DidNothing[] };

/** The arithmetic of each stage, once for all cells where it is the same. */
function batchesOf(experiment: Experiment, work: Made["work"]) {
  const groups = new Map<string, { stage: string; cells: string[]; work: StageWork }>();
  for (const cell of experiment.cells)
    for (const { stage, work: one } of work.get(cell)!) {
      if (one === null) continue;
      const key = JSON.stringify([stage, one]);
      const group = groups.get(key) ?? { stage, cells: [], work: one };
      groups.set(key, { ...group, cells: [...group.cells, cell.name] });
    }
  return [...groups.values()].map(({ work: { unit, units, per, notes }, ...rest }) => ({ ...rest, unit, units, per, notes }));
}

const SHOWN = 40;

function print(
  experiment: Experiment,
  { runs, cells, seeds, folder, artefacts, batches, time, warnings, ...rest }: Described,
): void {
  console.log(
    `${pc.bold(experiment.name)}: ${count(cells.length, "cell")} × ${listedSeeds({ seeds, seedLevels: experiment.seedLevels })} = ${count(runs.all, "run")}; ` +
      `${runs.done} done${runs.failed > 0 ? `, ${runs.failed} failed` : ""}. In ${folder}`,
  );
  if (rest.compare !== null)
    console.log(`compared by ${rest.compare}${rest.alsoCompare.length > 0 ? `, also ${rest.alsoCompare.join(", ")}` : ""}`);
  console.log(
    textTable(
      ["cell", "what is changed", "compared with", "hash", "done"],
      cells
        .slice(0, SHOWN)
        .map((cell) => [
          cell.name,
          cell.overrides.length === 0
            ? "nothing"
            : cell.overrides.map(({ path, value }) => `${path}: ${labelOf(value)}`).join("\n"),
          cell.baseline ? "the baseline" : (cell.against ?? ""),
          cell.hash.slice(0, 12),
          `${cell.done}/${cell.runs}`,
        ]),
    ),
  );
  if (cells.length > SHOWN) console.log(pc.dim(`… and ${count(cells.length - SHOWN, "more cell")} (--json lists all)`));

  console.log(`\n${pc.bold("Made once and shared")}`);
  for (const line of sharedLines(artefacts)) console.log(`  ${line}`);
  console.log(`\n${pc.bold("Batches")} (tokens: at most)`);
  for (const line of batchLines(batches, cells.length)) console.log(`  ${line}`);
  console.log(`\n${pc.bold("Time")}\n  ${timeText(time, rest.workers, rest.workersBecause, runs.all - runs.done)}`);
  if (rest.cannotAct.length > 0) {
    console.log(`\n${pc.bold("Can't act, by construction")}`);
    for (const line of cannotActLines(rest.cannotAct, cells.length)) console.log(`  ${line}`);
  }
  for (const line of didNothingLines(rest.firstSteps ?? [])) console.log(`\n${pc.yellow("warning")} ${line}`);
  for (const { message } of warnings) console.log(`\n${pc.yellow("warning")} ${message}`);
}

function sharedLines(artefacts: readonly ArtefactPlan[]): string[] {
  const stages = [...new Set(artefacts.map(({ stage }) => stage))];
  if (stages.length === 0) return ["nothing"];
  return stages.map((stage) => {
    const own = artefacts.filter((one) => one.stage === stage);
    const sizes = [...new Set(own.map(({ runs }) => runs))].sort((a, b) => a - b);
    const by = sizes.length === 1 ? count(sizes[0]!, "run") : `${sizes[0]} to ${sizes.at(-1)} runs`;
    const states = (["done", "shipped", "to do"] as const).flatMap((state) => {
      const number = own.filter((one) => one.state === state).length;
      const word = state === "shipped" ? "comes with the experiment" : state;
      return number === 0 ? [] : [own.length === 1 ? word : `${number} ${word}`];
    });
    const many = own.length === 1 ? "" : `${own.length} artefacts, each `;
    return `${stage}: ${many}${sizes.at(-1) === 1 ? "for one run" : `shared by ${by}`}; ${states.join(", ")}`;
  });
}

function batchLines(batches: Described["batches"], cells: number): string[] {
  return batches.flatMap(({ stage, cells: own, unit, units, per, notes }) => [
    `${stage}${own.length === cells ? "" : ` of ${listed(own, 4)}`}: ${units === null ? `all ${unit}` : `${units.toLocaleString("en")} ${unit}`}`,
    ...per.map(({ what, amounts }) => `  ${what === "all" ? "in all" : `per ${what}`}: ${amountsText(amounts)}`),
    ...notes.map((note) => pc.dim(`  ${note}`)),
  ]);
}

const nouns: Readonly<Record<keyof Amounts, string>> = {
  prompts: "prompt",
  responses: "response",
  examples: "example",
  tokens: "token",
  updates: "update",
  forwardPasses: "forward pass",
};

function amountsText(amounts: Amounts): string {
  return Object.entries(amounts)
    .map(([name, amount]) => {
      const noun = nouns[name as keyof Amounts];
      return `${amount.toLocaleString("en")} ${noun}${amount === 1 ? "" : noun.endsWith("s") ? "es" : "s"}`;
    })
    .join(", ");
}

function timeText(time: Described["time"], workers: number, because: string, open: number): string {
  if (open === 0) return "all is done";
  const at = `${workers} at a time (${because})`;
  const rates = time.rates.map(({ stage, secondsPerUnit }) => `${stage} ${secondsPerUnit.toPrecision(2)} s each`).join(", ");
  if (time.source === null) return `unknown: nothing was timed; --time runs the first steps for real. ${at}`;
  if (time.seconds === null)
    return `unknown: ${time.unknown.join(", ")} ${time.unknown.length === 1 ? "was" : "were"} never timed (${time.source}: ${rates}). ${at}`;
  return `about ${duration(time.seconds)}, ${at}; ${duration(time.work)} of work (${time.source}: ${rates})`;
}

function listed(names: readonly string[], most: number): string {
  return names.length <= most ? names.join(", ") : `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
}
