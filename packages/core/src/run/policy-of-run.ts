import * as tf from "@tensorflow/tfjs-core";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError, readJsonObject } from "@rewardlab/storage";
import { randomStream } from "@rewardlab/statistics/random";
import type { Cell } from "../experiment/cell.ts";
import type { Experiment } from "../experiment/load.ts";
import type { Model, Parameters } from "../kinds.ts";
import type { Container } from "../plugin/container.ts";
import type { Resolved } from "../plugin/resolved.ts";
import { weightsHere } from "../plugin/remote-model.ts";
import { keptNames, withTheRest } from "../plugin/frozen.ts";
import { runFolder } from "./layout.ts";
import { runKey } from "./plans.ts";
import type { RunStatus } from "./request.ts";
import { readTensors } from "./tensor-files.ts";

/** A policy with its model. `dispose` frees its parameters. */
export interface RunPolicy {
  readonly model: Model;
  readonly parameters: Parameters;
  /** The run's. */
  readonly folder: string;
  dispose(): void;
}

/**
 * The policy that a finished run of an experiment has left. Throws `InputError` where the run isn't there, isn't done, left no policy, or was made of another
 * experiment. `who` asks for it, in messages.
 */
export async function policyOfRun(
  {
    experiment,
    cell,
    seed,
    root,
  }: { readonly experiment: Experiment; readonly cell: Cell; readonly seed: number; readonly root: string },
  container: Container,
  who = "export-model",
): Promise<RunPolicy> {
  const folder = runFolder(root, cell.name, seed);
  if (statusOf(folder).key !== runKey(experiment, cell, seed))
    throw new InputError(
      "RL_EXPERIMENT_CHANGED",
      `${folder}: was made of another experiment than this file is now: run it again, or give the file it was made of`,
    );
  return policyIn(folder, { cell, seed }, container, who);
}

/**
 * The policy in a run's folder: what trained from there, the rest from the model's own files. `cell` is what the run was made of, as its own experiment.yaml says.
 * Throws `InputError` where the run isn't there, isn't done, or left no policy.
 */
export async function policyIn(
  folder: string,
  { cell, seed }: { readonly cell: Cell; readonly seed: number },
  container: Container,
  who: string,
): Promise<RunPolicy> {
  const { status } = statusOf(folder);
  if (status !== "done" && status !== "collapsed")
    throw new InputError("RL_RUN_NAME", `${folder}: the run is ${status}, expected one that is done`);
  const path = join(folder, "model.safetensors");
  if (!existsSync(path))
    throw new InputError(
      "RL_RUN_NAME",
      `${folder}: the run has left no model.safetensors: none of its stages trains in the run's own folder`,
    );
  const model = weightsHere(container.create(cell.model), who);
  const before = model.load ? await model.load(randomStream(seed, "initial-parameters")) : {};
  try {
    const parameters = withTheRest(readTensors(path), before, keptNames(model));
    return { model, parameters, folder, dispose: () => tf.dispose(parameters as never) };
  } finally {
    tf.dispose(before as never);
  }
}

/** A model with the parameters that it begins with, as its own files have them. `who` asks for it, in messages. */
export async function policyAtFirst(
  resolved: Resolved<"model">,
  container: Container,
  who: string,
): Promise<Omit<RunPolicy, "folder">> {
  const model = weightsHere(container.create(resolved), who);
  const random = randomStream(1, "initial-parameters");
  const parameters = model.load ? await model.load(random) : model.initialParameters(random);
  return { model, parameters, dispose: () => tf.dispose(parameters as never) };
}

function statusOf(folder: string): RunStatus {
  const status = readJsonObject(join(folder, "status.json"), "Run the experiment again.") as RunStatus | undefined;
  if (status === undefined) throw new InputError("RL_RUN_NAME", `${folder}: there is no run, expected one that is done`);
  return status;
}
