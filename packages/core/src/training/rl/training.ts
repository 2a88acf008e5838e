import * as tf from "@tensorflow/tfjs-core";
import { join } from "node:path";
import { loadCheckpoint, saveCheckpoint } from "../../run/checkpoint.ts";
import { JsonLines } from "../../run/files.ts";
import type { StageContext } from "../../stage.ts";
import { collapseWatch } from "./collapse.ts";
import type { CollapseWatch, SavedCollapse } from "./collapse.ts";
import { withValueHead } from "./critic.ts";
import { cursorAtStart } from "../cursor.ts";
import type { Cursor } from "../cursor.ts";
import type { RandomStreams, SavedStreams } from "../../services/random.ts";
import type { RlOptions } from "./options.ts";
import { startTraining } from "../update.ts";
import type { Trained } from "../update.ts";

/** What changes from iteration to iteration; a checkpoint holds all of it. */
export interface RunState {
  iteration: number;
  /** The iteration of the last checkpoint. */
  saved: number;
  trained: Trained;
  /** β, which follows its target where it is adaptive. */
  klCoefficient: number;
  cursor: Cursor;
  readonly random: RandomStreams;
  readonly collapse: CollapseWatch;
  readonly metrics: JsonLines;
  readonly samples: JsonLines;
}

interface SavedState {
  readonly steps: number;
  readonly klCoefficient: number;
  readonly cursor: Cursor;
  readonly random: SavedStreams;
  readonly collapse: SavedCollapse;
  readonly metricsBytes: number;
  readonly samplesBytes: number;
}

/** The state of the last checkpoint, or the one to begin with. */
export function resume(context: StageContext, options: RlOptions, random: RandomStreams): RunState {
  const saved = loadCheckpoint<SavedState>(context.folder, context.key);
  if (saved) random.restore(saved.state.random);
  return {
    iteration: saved?.step ?? 0,
    saved: saved?.step ?? 0,
    trained: saved
      ? { parameters: saved.tensors.model!, optimizerState: saved.tensors.optimizer!, steps: saved.state.steps }
      : start(context, options),
    klCoefficient: saved?.state.klCoefficient ?? options.kl?.coefficient ?? 0,
    cursor: saved?.state.cursor ?? cursorAtStart,
    random,
    collapse: collapseWatch(options.collapse, saved?.state.collapse),
    metrics: new JsonLines(join(context.folder, "metrics.jsonl"), saved?.state.metricsBytes ?? 0),
    samples: new JsonLines(join(context.folder, "samples.jsonl"), saved?.state.samplesBytes ?? 0),
  };
}

function start({ policy, model }: StageContext, { critic, optimizer }: RlOptions): Trained {
  const parameters = withValueHead(policy, model, critic);
  const trained = startTraining(parameters, optimizer);
  tf.dispose(parameters as never);
  return trained;
}

/** What is saved already is not saved again. */
export async function save(context: StageContext, run: RunState): Promise<void> {
  if (run.iteration === run.saved) return;
  run.metrics.sync();
  run.samples.sync();
  const state: SavedState = {
    steps: run.trained.steps,
    klCoefficient: run.klCoefficient,
    cursor: run.cursor,
    random: run.random.save(),
    collapse: run.collapse.saved,
    metricsBytes: run.metrics.length,
    samplesBytes: run.samples.length,
  };
  await saveCheckpoint(context.folder, {
    key: context.key,
    step: run.iteration,
    tensors: { model: run.trained.parameters, optimizer: run.trained.optimizerState },
    state,
  });
  run.saved = run.iteration;
}
