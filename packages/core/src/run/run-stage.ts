import type { RunRequest, StartedEngine } from "./request.ts";
import type { StagePlan } from "./plans.ts";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { happenedIn } from "../plugin/blame.ts";
import { isRemote } from "../plugin/remote-model.ts";
import type { Container } from "../plugin/container.ts";
import { clearHalfWritten, messageOf, restoreReplaced, shortPath, waitForLock } from "@rewardlab/storage";
import type { Dataset, KeptPolicy, Model, Parameters, RemoteModel } from "../kinds.ts";
import { Compiler } from "../services/compiler.ts";
import { keptNames, keptPart, withTheRest } from "../plugin/frozen.ts";
import type { StageMetrics } from "../services/metrics.ts";
import { Random, RandomStreams } from "../services/random.ts";
import { State, StateStore } from "../services/state.ts";
import type { StageOutcome } from "../stage.ts";
import { artefactName, publishArtefact, readArtefact, readArtefactModel, writeArtefact } from "./artefact.ts";
import type { Artefact } from "./artefact.ts";
import { hashOfFile } from "./items-left.ts";
import { StageRecords, without } from "./stage-records.ts";
import { readyStageFolder } from "./stage-folder.ts";
import { whereabouts } from "./whereabouts.ts";

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
  /** Where it lies. */
  readonly folder: string;
  readonly parameters: Parameters | null;
}

/**
 * Runs one stage of a run, or takes what another run has made of the same inputs. Throws `Interrupted` when the run is to stop, after the stage has
 * saved.
 */
export async function runStage(request: RunRequest, container: Container, inputs: Inputs, plan: StagePlan): Promise<StageDone> {
  if (plan.stage.component.keeps === "run") return runInRunFolder(request, container, inputs, plan);
  const found = finished(request, inputs, plan);
  if (found) return found;

  const working = `${plan.folder}.work`;
  const unlock = await waitForLock(working, request.signal, {
    waiting: (message) => request.progress.note(`${plan.name}: another run is making it. ${message}`),
    beat: () => request.progress.update(`waiting for ${plan.name}`, 0, 0),
  });
  try {
    clearHalfWritten(working);
    restoreReplaced(plan.folder); // a kill interrupted its replacement
    const foundNow = finished(request, inputs, plan);
    if (foundNow) {
      rmSync(working, { recursive: true, force: true }); // made again by the lock alone
      return foundNow;
    }
    if (readArtefact(working, plan.key)) {
      publishArtefact(working, plan.folder); // a kill came between finishing it and moving it here
      return finished(request, inputs, plan)!;
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

function finished(request: RunRequest, inputs: Inputs, plan: StagePlan): StageDone | null {
  const found = findArtefact(request, plan);
  if (found === null) return null;
  const { folder, artefact, shipped } = found;
  if (shipped)
    request.progress.note(
      `${plan.name}: taken from ${shortPath(folder, process.cwd())}, made before by this experiment (--fresh makes it anew)`,
    );
  return { artefact, folder, parameters: policyOf(inputs, folder, artefact) };
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
  if (artefact) return { artefact, folder: plan.folder, parameters: policyOf(inputs, plan.folder, artefact) };
  return execute(request, container, inputs, plan, plan.folder);
}

/** What an artefact kept of its policy, with the rest of the one before it. The tensors are the caller's. */
function policyOf({ model, policy }: Inputs, folder: string, artefact: Artefact): Parameters | null {
  const own = readArtefactModel(folder, artefact);
  return own === null || isRemote(model) ? own : withTheRest(own, policy, keptNames(model));
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
  const drop = dropping(inputs, (message) => request.progress.note(`${plan.name}: ${message}`));
  const records = new StageRecords({ folder, key: plan.key, random, states, drop });
  own.provide(Random, random);
  own.provideEach(State, (place) => states.at(place));
  const compiler = own.get(Compiler);
  const where = whereabouts(plan.name, plan.stage, own, request.progress);
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
      progress: where.progress,
      compiler,
      random,
      checkpoints: records,
      log: (name) => records.log(name),
      service: (token) => own.get(token),
    });
    records.sync();
  } catch (error) {
    throw happenedIn(where.at(records.step), error);
  } finally {
    given.metrics.take(); // frees what a stage that ended early left
    states.dispose();
    records.close();
  }
  told();
  const { status, reason, results = {}, parameters, kept, items } = outcome;
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
      ...(items === undefined ? {} : { items: { ...items, sha256: hashOfFile(join(folder, items.file)) } }),
    },
    parameters && !isRemote(given.model) ? keptPart(parameters, keptNames(given.model)) : parameters,
  );
  await drop(without(records.kept, kept === undefined ? [] : [kept])); // its checkpoints are never gone back to
  return { artefact, folder: plan.folder, parameters: parameters ?? null };
}

/** Tells the model's service what is needed no more. That it doesn't let go of something is told, and costs the run nothing. */
function dropping({ model, kept: given }: Inputs, tell: (message: string) => void) {
  return async (policies: readonly KeptPolicy[]): Promise<void> => {
    if (!isRemote(model)) return;
    for (const kept of without(policies, given === null ? [] : [given])) {
      try {
        await model.drop?.(kept);
      } catch (error) {
        tell(`the service keeps a policy that is needed no more: ${messageOf(error)}`);
      }
    }
  };
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
