import { roleOf } from "./request.ts";
import type { RunRequest, RunStatus, StageRecord } from "./request.ts";
import { checkNeeds, planStages, runKey } from "./plans.ts";
import { provenance } from "./provenance.ts";
import { runStage } from "./run-stage.ts";
import * as tf from "@tensorflow/tfjs-core";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Container } from "../plugin/container.ts";
import { cellHash, contentHash, plainCell } from "../experiment/describe.ts";
import { metricsOfStages } from "../experiment/declared-metrics.ts";
import { needsOf } from "../experiment/seeds.ts";
import type { KeptPolicy, Model, Parameters, RemoteModel } from "../kinds.ts";
import { checkRemote, isRemote } from "../plugin/remote-model.ts";
import {
  clearHalfWritten,
  isInterrupted,
  messageOf,
  shortPath,
  waitForLock,
  writeFileAtomic,
  writeJson,
} from "@rewardlab/storage";
import { randomStream } from "@rewardlab/statistics/random";
import type { RandomStream } from "@rewardlab/statistics/random";
import { Compiler } from "../services/compiler.ts";
import { Files } from "../services/files.ts";
import { Metrics, MetricsCollector } from "../services/metrics.ts";
import { Progress } from "../services/progress.ts";
import { Random, RandomStreams } from "../services/random.ts";
import { withItemsLeft } from "./items-left.ts";
import { runFolder } from "./layout.ts";
import { checkPromptLengths, checkPromptLengthsOnce } from "./prompt-lengths.ts";

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
      setStatus(isInterrupted(error) ? "interrupted" : "failed", messageOf(error));
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
  const fits = contentHash({ cell: cellHash(cell, experiment.registry), data: data.hash, weights: model.hash ?? null });
  await checkPromptLengthsOnce(fits, join(root, "data"), () => {
    const asks = plans.map(({ name, stage }) => ({ stage: name, splits: needsOf(stage).splits }));
    return checkPromptLengths(asks, data, model, cell.model.component.name);
  });

  writeJson(join(folder, "provenance.json"), provenance(request, engine, { model, data }, plans));
  const beginning = randomStream(plans[0]?.seed ?? seed, "initial-parameters");
  let { policy, kept } = await firstPolicy(model, beginning);
  writeJson(join(folder, "metrics.json"), metricsOfStages(cell)); // what the names in metrics.jsonl mean
  const records: StageRecord[] = [];
  let collapsed: string | null = null;
  let seen = data;
  try {
    for (const plan of plans) {
      const inputs = { model, data: seen, policy, kept, engine, metrics };
      const { artefact, folder: made, parameters } = await runStage(request, container, inputs, plan);
      if (parameters) {
        tf.dispose(policy);
        policy = parameters;
      }
      kept = artefact.kept ?? kept;
      if (artefact.items) seen = withItemsLeft(seen, made, artefact.items);
      if (artefact.status === "collapsed") collapsed ??= `${plan.name}: ${artefact.reason ?? "no reason given"}`;
      records.push({
        name: plan.name,
        use: plan.stage.component.name,
        role: roleOf(plan.stage),
        key: plan.key,
        folder: shortPath(plan.folder, root),
        status: artefact.status,
        results: artefact.results,
      });
    }
  } finally {
    tf.dispose(policy);
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
