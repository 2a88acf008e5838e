import * as tf from "@tensorflow/tfjs-core";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Container } from "../plugin/container.ts";
import { contentHash, identityOf, plainCell, versionsOf } from "../experiment/describe.ts";
import { metricsOfStages } from "../experiment/declared-metrics.ts";
import type { Cell, Experiment } from "../experiment/load.ts";
import { suggestion } from "../suggestion.ts";
import type { Resolved } from "../plugin/resolved.ts";
import { fixedSeed, needsOf, stageSeeds } from "../experiment/seeds.ts";
import {
  clearHalfWritten,
  InputError,
  Interrupted,
  messageOf,
  restoreReplaced,
  shortPath,
  waitForLock,
  writeFileAtomic,
  writeJson,
} from "@rewardlab/storage";
import type { Dataset, KeptPolicy, Model, Parameters, RemoteModel } from "../kinds.ts";
import { checkRemote, isRemote } from "../remote-model.ts";
import { randomStream } from "@rewardlab/statistics/random";
import type { RandomStream } from "@rewardlab/statistics/random";
import { Compiler } from "../services/compiler.ts";
import { Files } from "../services/files.ts";
import { Metrics, MetricsCollector } from "../services/metrics.ts";
import type { StageMetrics } from "../services/metrics.ts";
import { Progress } from "../services/progress.ts";
import { Random, RandomStreams } from "../services/random.ts";
import { State, StateStore } from "../services/state.ts";
import type { StageOutcome } from "../stage.ts";
import { artefactName, publishArtefact, readArtefact, readArtefactModel, writeArtefact } from "./artefact.ts";
import type { Artefact } from "./artefact.ts";
import { artefactsFolder, runFolder } from "./layout.ts";
import { StageRecords } from "./stage-records.ts";
import { checkPromptLengths } from "./prompt-lengths.ts";
import { readyStageFolder } from "./stage-folder.ts";

export interface RunRequest {
  readonly experiment: Experiment;
  readonly cell: Cell;
  readonly seed: number;
  /** runs/<experiment> */
  readonly root: string;
  /** Take artefacts that came with the experiment. */
  readonly useShipped: boolean;
  readonly container: Container;
  /** Makes an engine the current backend, and says which it is. */
  readonly startEngine: () => Promise<StartedEngine>;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface StartedEngine {
  readonly name: string;
  /** Version and device. */
  readonly detail: string;
  readonly compiler?: Compiler;
  /** What was tried before it, and why it is none of those. */
  readonly passedOver?: readonly { readonly name: string; readonly detail: string }[];
}

export interface RunStatus {
  readonly status: "running" | "done" | "failed" | "collapsed" | "interrupted";
  readonly reason: string | null;
  /** Hash of the resolved experiment and seed. */
  readonly key: string;
  /** When it was written. */
  readonly at?: string;
}

/** One stage of a finished run, as results.json lists it. */
export interface StageRecord {
  readonly name: string;
  readonly use: string;
  readonly key: string;
  /** Relative to runs/<experiment>. */
  readonly folder: string;
  readonly status: Artefact["status"];
  readonly results: Artefact["results"];
}

/** Changes where anything about a run does, as it is resolved. */
export function runKey(experiment: Experiment, cell: Cell, seed: number): string {
  const identities = [cell.model, cell.data, ...cell.stages.map(({ stage }) => stage)].map((resolved) =>
    identityOf(resolved, experiment.registry, cell.services),
  );
  const stages = Object.fromEntries(
    cell.stages.flatMap(({ name, stage }) => {
      const { drawn } = stageSeeds(experiment.seedLevels, cell, seed).get(name)!;
      return drawn === (fixedSeed(stage) ?? seed) ? [] : [[name, drawn]];
    }),
  );
  const apart = Object.keys(stages).length === 0 ? {} : { stages }; // absent where each stage has the run's seed, however that was written
  return contentHash({ cell: plainCell(experiment.name, cell), identities, seed, ...apart });
}

/** How long the worker of a command that was killed may take to stop; whoever holds a run longer is at work on it. */
const STOPPING_SECONDS = 60;

/** Runs the stages of one cell with one seed; goes on with what is unfinished, and takes what is there already. */
export async function runPipeline(request: RunRequest): Promise<RunStatus> {
  const { experiment, cell, seed, root, progress } = request;
  const folder = runFolder(root, cell.name, seed);
  const key = runKey(experiment, cell, seed);
  const unlock = await waitForLock(folder, request.signal, {
    waiting: (message) => progress.note(message),
    beat: () => progress.update("waiting", 0, 0),
    limitSeconds: STOPPING_SECONDS,
  });
  const setStatus = (status: RunStatus["status"], reason: string | null = null): RunStatus => {
    const value: RunStatus = { status, reason, key, at: new Date().toISOString() };
    writeJson(join(folder, "status.json"), value);
    return value;
  };
  try {
    clearHalfWritten(folder);
    setStatus("running");
    writeFileAtomic(join(folder, "experiment.yaml"), stringify(plainCell(experiment.name, cell)));
    const { records, collapsed } = await withServices(request, (container) => runStages(request, container, folder));
    writeJson(join(folder, "results.json"), records);
    return collapsed === null ? setStatus("done") : setStatus("collapsed", collapsed);
  } catch (error) {
    try {
      setStatus(error instanceof Interrupted ? "interrupted" : "failed", messageOf(error));
    } catch {
      // a disk that refuses this refused the run's files before: the first error is the one to tell
    }
    throw error;
  } finally {
    unlock();
  }
}

/** The run's container; its services end with the run, also where that failed or was interrupted. */
async function withServices<T>(
  { container, cell, progress }: RunRequest,
  work: (container: Container) => Promise<T>,
): Promise<T> {
  const own = container.child(cell.services);
  try {
    return await work(own);
  } finally {
    for (const wrong of await own.dispose()) progress.note(wrong);
  }
}

async function runStages(
  given: RunRequest,
  container: Container,
  folder: string,
): Promise<{ records: StageRecord[]; collapsed: string | null }> {
  const { experiment, cell, root, seed } = given;
  const engine = await given.startEngine();
  container.provide(Files, { folder: experiment.folder, cache: join(root, "data") });
  const metrics = new MetricsCollector();
  container.provide(Metrics, metrics);
  if (engine.compiler) container.provide(Compiler, engine.compiler);
  container.provide(Random, new RandomStreams(seed, "experiment")); // for model and data; each stage has its own
  const request = { ...given, progress: toldToo(given.progress, cell.services.Progress && container.get(Progress)) };
  container.provide(Progress, request.progress);
  const model = container.create(cell.model);
  checkRemote(model, cell.model);
  const data = container.create(cell.data);
  const plans = planStages(request, data, model);
  checkNeeds(plans, model, data);
  const asks = plans.map(({ name, stage }) => ({ stage: name, splits: needsOf(stage).splits }));
  await checkPromptLengths(asks, data, model, cell.model.component.name);

  writeJson(join(folder, "provenance.json"), provenance(request, engine, { model, data }, plans));
  const beginning = randomStream(plans[0]?.seed ?? seed, "initial-parameters");
  let { policy, kept } = await firstPolicy(model, beginning);
  writeJson(join(folder, "metrics.json"), metricsOfStages(cell)); // what the names in metrics.jsonl mean
  const records: StageRecord[] = [];
  let collapsed: string | null = null;
  try {
    for (const plan of plans) {
      const { artefact, parameters } = await runStage(request, container, { model, data, policy, kept, engine, metrics }, plan);
      if (parameters) {
        tf.dispose(policy as never);
        policy = parameters;
      }
      if (isRemote(model)) kept = artefact.kept ?? kept;
      if (artefact.status === "collapsed") collapsed ??= `${plan.name}: ${artefact.reason ?? "no reason given"}`;
      records.push({
        name: plan.name,
        use: plan.stage.component.name,
        key: plan.key,
        folder: shortPath(plan.folder, root),
        status: artefact.status,
        results: artefact.results,
      });
    }
  } finally {
    tf.dispose(policy as never);
  }
  return { records, collapsed };
}

/** The policy before the first stage: here, or with the model's service. */
async function firstPolicy(
  model: Model | RemoteModel,
  random: RandomStream,
): Promise<{ policy: Parameters; kept: KeptPolicy | null }> {
  if (isRemote(model)) return { policy: {}, kept: await model.begin(random) };
  return { policy: model.load ? await model.load(random) : model.initialParameters(random), kept: null };
}

/** A progress that an experiment chose is told beside the one that whoever started the run needs, to know that it is alive. */
function toldToo(progress: Progress, chosen: Progress | undefined): Progress {
  if (chosen === undefined) return progress;
  return {
    update: (...values) => {
      progress.update(...values);
      chosen.update(...values);
    },
    note: (message) => {
      progress.note(message);
      chosen.note(message);
    },
  };
}

/** What a stage needs and isn't there is found before the first stage, not after hours of training. */
function checkNeeds(plans: readonly StagePlan[], model: Model | RemoteModel, data: Dataset): void {
  for (const { name, stage } of plans) {
    const { splits, valueHead } = needsOf(stage);
    for (const split of splits.filter((one) => !data.splits.includes(one.name)))
      throw new InputError(
        "RL_SPLIT",
        `stages.${name}${split.option === undefined ? "" : `.${split.option}`}: the data has no split "${split.name}".${suggestion(split.name, data.splits)}`,
      );
    if (valueHead !== undefined && !isRemote(model) && !model.valueHead)
      throw new InputError(
        "RL_NO_VALUE_HEAD",
        `stages.${name}.${valueHead}: the model has no value head, expected one that has, or ${valueHead}: null`,
      );
  }
}

// ---------------------------------------------------------------- which folder, which key

export interface StagePlan {
  readonly name: string;
  readonly stage: Resolved<"stage">;
  readonly seed: number;
  /** Content hash of all that the stage's result depends on. */
  readonly key: string;
  readonly folder: string;
}

/** Folder and content hash of each stage. A key holds the key of the stage before, so it stands for everything upstream. */
export function planStages(
  { cell, seed, root, experiment }: Pick<RunRequest, "cell" | "seed" | "root" | "experiment">,
  data: Dataset,
  { hash }: Pick<Model, "hash">,
): StagePlan[] {
  const { registry } = experiment;
  let upstream = contentHash({
    model: identityOf(cell.model, registry, cell.services),
    data: [identityOf(cell.data, registry, cell.services), data.hash],
    ...(hash === undefined ? {} : { weights: hash }),
  });
  const seeds = stageSeeds(experiment.seedLevels, cell, seed);
  let runFolderTaken = false;
  return cell.stages.map(({ name, stage }) => {
    const stageSeed = seeds.get(name)!.drawn;
    const key = contentHash({ upstream, stage: identityOf(stage, registry, cell.services), name, seed: stageSeed });
    upstream = key;
    const inRun = stage.component.keeps === "run";
    const own = runFolder(root, cell.name, seed);
    const folder = !inRun ? join(artefactsFolder(root), artefactName(name, key)) : runFolderTaken ? join(own, name) : own;
    if (inRun) runFolderTaken = true;
    return { name, stage, seed: stageSeed, key, folder };
  });
}

function provenance(
  { experiment, cell, seed }: RunRequest,
  engine: StartedEngine,
  { model, data }: Pick<Inputs, "model" | "data">,
  plans: readonly StagePlan[],
): unknown {
  const { registry } = experiment;
  return {
    experiment: experiment.name,
    cell: cell.name,
    seed,
    seeds: Object.fromEntries([...stageSeeds(experiment.seedLevels, cell, seed)].map(([stage, { written }]) => [stage, written])),
    engine: {
      name: engine.name,
      detail: engine.detail,
      passedOver: (engine.passedOver ?? []).map(({ name, detail }) => ({ name, detail })),
    },
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    plugins: registry.plugins.map(({ plugin, version, integrity }) => ({ name: plugin.name, version, integrity })),
    data: data.hash,
    ...(isRemote(model) ? { weightsAt: model.at } : {}),
    versions: { model: versionsOf(cell.model, registry, cell.services), data: versionsOf(cell.data, registry, cell.services) },
    stages: plans.map(({ name, stage, key, seed: stageSeed }) => ({
      name,
      use: stage.component.name,
      key,
      seed: stageSeed,
      versions: versionsOf(stage, registry, cell.services),
    })),
  };
}

// ---------------------------------------------------------------- one stage

interface Inputs {
  readonly model: Model | RemoteModel;
  readonly data: Dataset;
  readonly policy: Parameters;
  /** Of a remote model. */
  readonly kept: KeptPolicy | null;
  readonly engine: StartedEngine;
  /** One for all stages, since the model counts in it too. */
  readonly metrics: StageMetrics;
}
interface StageDone {
  readonly artefact: Artefact;
  readonly parameters: Parameters | null;
}

async function runStage(request: RunRequest, container: Container, inputs: Inputs, plan: StagePlan): Promise<StageDone> {
  if (plan.stage.component.keeps === "run") return runInRunFolder(request, container, inputs, plan);
  const found = finished(request, plan);
  if (found) return found;

  const working = `${plan.folder}.work`;
  const unlock = await waitForLock(working, request.signal, {
    waiting: (message) => request.progress.note(`${plan.name}: another run is making it. ${message}`),
    beat: () => request.progress.update(`waiting for ${plan.name}`, 0, 0),
  });
  try {
    clearHalfWritten(working);
    restoreReplaced(plan.folder); // a kill interrupted its replacement
    const foundNow = finished(request, plan);
    if (foundNow) {
      rmSync(working, { recursive: true, force: true }); // made again by the lock alone
      return foundNow;
    }
    if (readArtefact(working, plan.key)) {
      publishArtefact(working, plan.folder); // a kill came between finishing it and moving it here
      return finished(request, plan)!;
    }
    const done = await execute(request, container, inputs, plan, working);
    publishArtefact(working, plan.folder);
    return done;
  } finally {
    unlock();
  }
}

/** Where a stage's artefact is, if it was made before: here, or shipped with the experiment. */
export function findArtefact(
  { experiment, useShipped }: Pick<RunRequest, "experiment" | "useShipped">,
  plan: StagePlan,
): { readonly folder: string; readonly artefact: Artefact; readonly shipped: boolean } | null {
  const beside = join(experiment.folder, "artefacts", artefactName(plan.name, plan.key));
  for (const folder of [plan.folder, ...(useShipped ? [beside] : [])]) {
    const artefact = readArtefact(folder, plan.key);
    if (artefact !== null) return { folder, artefact, shipped: folder !== plan.folder };
  }
  return null;
}

function finished(request: RunRequest, plan: StagePlan): StageDone | null {
  const found = findArtefact(request, plan);
  if (found === null) return null;
  const { folder, artefact, shipped } = found;
  if (shipped)
    request.progress.note(
      `${plan.name}: taken from ${shortPath(folder, process.cwd())}, made before by this experiment (--fresh makes it anew)`,
    );
  return { artefact, parameters: readArtefactModel(folder, artefact) };
}

async function runInRunFolder(request: RunRequest, container: Container, inputs: Inputs, plan: StagePlan): Promise<StageDone> {
  const others = request.cell.stages.map(({ name }) => name).filter((name) => name !== plan.name);
  readyStageFolder(plan.folder, { stage: plan.name, key: plan.key }, others, (what, aside) =>
    request.progress.note(
      `${plan.name}: ${what}; what was there is kept in ${shortPath(join(plan.folder, "before", aside), request.root)}`,
    ),
  );
  clearHalfWritten(plan.folder);
  const artefact = readArtefact(plan.folder, plan.key);
  if (artefact) return { artefact, parameters: readArtefactModel(plan.folder, artefact) };
  return execute(request, container, inputs, plan, plan.folder);
}

async function execute(
  request: RunRequest,
  container: Container,
  inputs: Inputs,
  plan: StagePlan,
  folder: string,
): Promise<StageDone> {
  const { engine, ...given } = inputs;
  const own = container.child();
  const random = new RandomStreams(plan.seed, plan.name);
  const states = new StateStore();
  const records = new StageRecords({ folder, key: plan.key, random, states });
  own.provide(Random, random);
  own.provideEach(State, (place) => states.at(place));
  const compiler = own.get(Compiler);
  const told = compileCost(compiler, (message) => request.progress.note(`${plan.name}: ${message}`));
  let outcome: StageOutcome;
  try {
    outcome = await own.create(plan.stage, plan.name).run({
      ...given,
      name: plan.name,
      folder,
      key: plan.key,
      seed: plan.seed,
      signal: request.signal,
      progress: request.progress,
      compiler,
      random,
      checkpoints: records,
      log: (name) => records.log(name),
      service: (token) => own.get(token),
    });
    records.sync();
  } finally {
    given.metrics.take(); // frees what a stage that ended early left
    states.dispose();
    records.close();
  }
  told();
  const { status, reason, results = {}, parameters, kept } = outcome;
  const madeBy = { engine: engine.name, detail: engine.detail, node: process.version };
  const artefact = writeArtefact(
    folder,
    {
      stage: plan.name,
      key: plan.key,
      status,
      ...(reason === undefined ? {} : { reason }),
      results,
      madeBy,
      ...(kept === undefined ? {} : { kept }),
    },
    parameters,
  );
  return { artefact, parameters: parameters ?? null };
}

/** Tells afterwards what compiling took meanwhile, and of how much. */
function compileCost(compiler: Compiler | undefined, tell: (message: string) => void): () => void {
  const before = compiler?.cost?.();
  const began = performance.now();
  return () => {
    const after = compiler?.cost?.();
    if (before === undefined || after === undefined || after.functions === before.functions) return;
    const [functions, seconds] = [after.functions - before.functions, after.seconds - before.seconds];
    const all = (performance.now() - began) / 1000;
    tell(
      `${functions} ${functions === 1 ? "function" : "functions"} compiled in ${seconds.toFixed(1)} s, ${((100 * seconds) / all).toFixed(0)} % of ${all.toFixed(1)} s`,
    );
  };
}
