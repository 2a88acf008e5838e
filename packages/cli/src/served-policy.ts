import { Files, InputError } from "@rewardlab/core";
import { createContainer, loadExperiment, policyAtFirst, policyIn, policyOfRun, resolveModel } from "@rewardlab/core/host";
import type { RunPolicy } from "@rewardlab/core/host";
import { startEngine } from "@rewardlab/engines";
import type { ChosenEngine } from "@rewardlab/engines";
import { readJsonObject } from "@rewardlab/storage";
import { existsSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { cellOf } from "./cell-of.ts";
import { untilTheEnd } from "./containers.ts";
import { findRuns, runsNamed } from "./find-runs.ts";
import type { FoundRun } from "./find-runs.ts";
import { MOST_RUNS } from "./grid.ts";
import { isBuiltIn, registryFor } from "./plugins.ts";

/** Which policy is meant, and where it computes. */
export interface PolicyChoice {
  readonly cell?: string;
  /** Which run, as its folder counts. */
  readonly run: number;
  readonly runs: string;
  /** null: the run's own, or the best there is. */
  readonly engine?: string;
}

/** A policy that an engine holds. */
export interface OpenPolicy extends Omit<RunPolicy, "folder"> {
  readonly name: string;
  /** Whether the engine compiles functions. */
  readonly compiles: boolean;
  /** The engine, in words. */
  readonly engine: string;
}

/**
 * The policy that a checkpoint's name stands for: an experiment file; a run's folder, or a cell's or experiment's with runs in it; a Hugging Face folder, a .gguf file or
 * a model's id in the Hugging Face cache. Throws `InputError` where there is no such thing, or it holds no policy.
 */
export async function openPolicy(checkpoint: string, choice: PolicyChoice): Promise<OpenPolicy> {
  if (/\.ya?ml$/i.test(checkpoint)) return ofExperiment(checkpoint, choice);
  if (existsSync(join(checkpoint, "status.json"))) return ofRun(resolve(checkpoint), nameOf(resolve(checkpoint)), choice);
  if (/\.gguf$/i.test(checkpoint) || existsSync(join(checkpoint, "config.json"))) return ofFiles(checkpoint, choice);
  const runs = runsOf(checkpoint, choice);
  if (runs.length > 0) {
    const { folder, path } = chosenRun(runs, checkpoint, choice);
    return ofRun(folder, path, choice);
  }
  if (existsSync(checkpoint) && statSync(checkpoint).isDirectory())
    throw new InputError("RL_SERVE_CHECKPOINT", `${checkpoint}: holds neither runs nor a config.json, expected ${EXPECTED}`);
  if (/^[\w.-]+\/[\w.-]+$/.test(checkpoint)) return ofFiles(checkpoint, choice);
  throw new InputError("RL_SERVE_CHECKPOINT", `${checkpoint}: there is nothing of that name, expected ${EXPECTED}`);
}

const EXPECTED =
  "a run's folder (or a cell's, or an experiment's), an experiment file, a Hugging Face folder, a .gguf file, or a model's id in the Hugging Face cache";

/** runs/quickstart/main/seed-1 is called quickstart/main/seed-1. */
const nameOf = (folder: string) => folder.split(/[/\\]/).slice(-3).join("/");

function runsOf(checkpoint: string, { runs }: PolicyChoice): FoundRun[] {
  const inFolder = resolve(checkpoint);
  if (existsSync(join(inFolder, "grid.json"))) {
    const own = `${basename(inFolder)}/`;
    return findRuns(dirname(inFolder)).filter(({ path }) => path.startsWith(own));
  }
  if (existsSync(join(dirname(inFolder), "grid.json"))) {
    const own = `${basename(dirname(inFolder))}/${basename(inFolder)}/`;
    return findRuns(dirname(dirname(inFolder))).filter(({ path }) => path.startsWith(own));
  }
  if (!existsSync(runs)) return [];
  try {
    return runsNamed(findRuns(resolve(runs)), resolve(runs), checkpoint);
  } catch {
    return []; // it may be something else
  }
}

function chosenRun(found: readonly FoundRun[], checkpoint: string, { cell, run }: PolicyChoice): FoundRun {
  const cells = [...new Set(found.map((one) => one.cell))];
  const wanted = cellOf({ cells: cells.map((name) => ({ name })) } as never, cell).name;
  const ofCell = found.filter((one) => one.cell === wanted);
  const chosen = ofCell.length === 1 && run === 1 ? ofCell[0] : ofCell.find(({ seed }) => seed === run);
  if (chosen !== undefined) return chosen;
  throw new InputError(
    "RL_RUN_NAME",
    `--run ${run}: ${checkpoint} has no such run of ${wanted}, expected ${ofCell.map(({ seed }) => seed).join(", ")}`,
  );
}

async function ofExperiment(file: string, { cell: cellName, run, runs, engine }: PolicyChoice): Promise<OpenPolicy> {
  const experiment = await loadExperiment(file, { set: [], registryFor, mostRuns: MOST_RUNS });
  const cell = cellOf(experiment, cellName);
  const root = join(resolve(runs), experiment.name);
  const container = untilTheEnd(createContainer(experiment.registry));
  container.provide(Files, { folder: experiment.folder, cache: join(root, "data") });
  const started = await startEngine(engine ?? cell.engine, experiment.registry, container);
  const policy = await policyOfRun({ experiment, cell, seed: run, root }, container, "serve");
  return { ...policy, name: nameOf(policy.folder), ...engineOf(started) };
}

/** A run by its folder: what it was made of stands in it. The files and plugins that its experiment named by path are looked for where that lay. */
async function ofRun(folder: string, name: string, { engine }: PolicyChoice): Promise<OpenPolicy> {
  const from = placeOf(folder);
  const listed = pluginsOf(folder);
  const experiment = await loadExperiment(join(folder, "experiment.yaml"), {
    set: [],
    registryFor: () => registryFor(listed, from),
    mostRuns: MOST_RUNS,
  });
  const cell = cellOf(experiment);
  const container = untilTheEnd(createContainer(experiment.registry));
  container.provide(Files, { folder: from, cache: join(dirname(dirname(folder)), "data") });
  const started = await startEngine(engine ?? cell.engine, experiment.registry, container);
  const policy = await policyIn(folder, { cell, seed: Number(/\d+$/.exec(folder)?.[0] ?? 1) }, container, "serve");
  return { ...policy, name, ...engineOf(started) };
}

/** Where a run's experiment file lay; the run's own folder where that is not known. */
function placeOf(folder: string): string {
  const grid = join(dirname(dirname(folder)), "grid.json");
  const { file } = (existsSync(grid) ? readJsonObject(grid, "Run the experiment again.") : {}) as { file?: unknown };
  return typeof file === "string" && existsSync(resolve(file)) ? dirname(resolve(file)) : folder;
}

function pluginsOf(folder: string): string[] {
  const provenance = readJsonObject(join(folder, "provenance.json"), "Run the experiment again.") as
    { readonly plugins?: readonly { readonly name: string }[] } | undefined;
  return (provenance?.plugins ?? []).map(({ name }) => name).filter((name) => !isBuiltIn(name));
}

/** A model as others publish them. */
async function ofFiles(path: string, { engine = "auto" }: PolicyChoice): Promise<OpenPolicy> {
  const registry = await registryFor([], process.cwd());
  const container = untilTheEnd(createContainer(registry));
  container.provide(Files, { folder: process.cwd(), cache: join(process.cwd(), "runs", "data") });
  const started = await startEngine(engine, registry, container);
  const text = JSON.stringify({ use: "hf", path });
  const policy = await policyAtFirst(resolveModel(registry, { file: path, text }), container, "serve");
  return { ...policy, name: existsSync(path) ? basename(resolve(path)) : path, ...engineOf(started) };
}

const engineOf = ({ name, detail, compiler }: ChosenEngine) => ({
  engine: `${name} (${detail})`,
  compiles: compiler?.compiles ?? false,
});
