import * as tf from "@tensorflow/tfjs-core";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError, readJsonObject } from "@rewardlab/storage";
import { randomStream } from "@rewardlab/statistics/random";
import type { Cell } from "../experiment/cell.ts";
import type { Experiment } from "../experiment/load.ts";
import type { Model, Parameters } from "../kinds.ts";
import type { Container } from "../plugin/container.ts";
import { weightsHere } from "../plugin/remote-model.ts";
import { keptNames, withTheRest } from "../plugin/frozen.ts";
import { runFolder } from "./layout.ts";
import { runKey } from "./plans.ts";
import type { RunStatus } from "./request.ts";
import { readTensors } from "./tensor-files.ts";

/**
 * The policy that a finished run has left, with its model: what trained from the run's folder, the rest from the model's own files. `dispose` frees
 * them. Throws `InputError` where the run isn't there, isn't done, left no policy, or was made of another experiment.
 */
export async function policyOfRun(
  {
    experiment,
    cell,
    seed,
    root,
  }: { readonly experiment: Experiment; readonly cell: Cell; readonly seed: number; readonly root: string },
  container: Container,
): Promise<{ readonly model: Model; readonly parameters: Parameters; readonly folder: string; dispose(): void }> {
  const folder = runFolder(root, cell.name, seed);
  const status = readJsonObject(join(folder, "status.json"), "Run the experiment again.") as RunStatus | undefined;
  if (status === undefined) throw new InputError("RL_RUN_NAME", `${folder}: there is no run, expected one that is done`);
  if (status.key !== runKey(experiment, cell, seed))
    throw new InputError(
      "RL_EXPERIMENT_CHANGED",
      `${folder}: was made of another experiment than this file is now: run it again, or give the file it was made of`,
    );
  if (status.status !== "done" && status.status !== "collapsed")
    throw new InputError("RL_RUN_NAME", `${folder}: the run is ${status.status}, expected one that is done`);
  const path = join(folder, "model.safetensors");
  if (!existsSync(path))
    throw new InputError(
      "RL_RUN_NAME",
      `${folder}: the run has left no model.safetensors: none of its stages trains in the run's own folder`,
    );
  const model = weightsHere(container.create(cell.model), "export-model");
  const before = model.load ? await model.load(randomStream(seed, "initial-parameters")) : {};
  try {
    const parameters = withTheRest(readTensors(path), before, keptNames(model));
    return { model, parameters, folder, dispose: () => tf.dispose(parameters as never) };
  } finally {
    tf.dispose(before as never);
  }
}
