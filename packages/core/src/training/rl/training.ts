import * as tf from "@tensorflow/tfjs-core";
import type { Split } from "../../kinds.ts";
import type { StageContext } from "../../stage.ts";
import { cursorAtStart } from "../cursor.ts";
import type { Cursor } from "../cursor.ts";
import { disposeTrained, startTraining, trainsOf } from "../update.ts";
import type { Trained } from "../update.ts";
import { collapseWatch } from "./collapse.ts";
import type { CollapseWatch, SavedCollapse } from "./collapse.ts";
import { scoreComposer } from "./compose.ts";
import type { ScoreComposer } from "./compose.ts";
import { withValueHead } from "./critic.ts";
import { stepFunctions } from "./functions.ts";
import type { StepFunctions } from "./functions.ts";
import type { RlOptions } from "./options.ts";

/** A policy under training: what its iterations work with, and what changes from one to the next. */
export interface Training {
  readonly context: StageContext;
  readonly options: RlOptions;
  /** The training split. */
  readonly items: Split;
  readonly composer: ScoreComposer;
  readonly functions: StepFunctions;
  /** Iterations done; the one at work is the next. */
  iteration: number;
  /** The policy and its optimizer's state, which the training owns. */
  trained: Trained;
  /** β, which follows its target where it is adaptive. */
  klCoefficient: number;
  /** Where the prompts are. */
  cursor: Cursor;
  readonly collapse: CollapseWatch;
}

/** What a checkpoint holds beside the policy, the optimizer's state and what the pipeline saves (streams, logs, components' states). */
interface SavedTraining {
  readonly steps: number;
  readonly klCoefficient: number;
  readonly cursor: Cursor;
  readonly collapse: SavedCollapse;
}

/** Opens the training at the last checkpoint, or at the stage's policy. `closeTraining` frees it. */
export async function openTraining(context: StageContext, options: RlOptions): Promise<Training> {
  const items = await context.data.open("train");
  const saved = context.checkpoints.resume<SavedTraining>();
  if (saved) context.progress.note(`${context.name}: goes on after iteration ${saved.step}`);
  context.metrics.take(); // what an evaluation before this stage counted belongs to no iteration, and a run that goes on doesn't have it
  return {
    context,
    options,
    items,
    composer: scoreComposer(Object.keys(options.reward.rules), options.reward),
    functions: stepFunctions(context, options),
    iteration: saved?.step ?? 0,
    trained: saved
      ? { parameters: saved.tensors.model!, optimizerState: saved.tensors.optimizer!, steps: saved.state.steps }
      : start(context, options),
    klCoefficient: saved?.state.klCoefficient ?? options.kl?.coefficient ?? 0,
    cursor: saved?.state.cursor ?? cursorAtStart,
    collapse: collapseWatch(options.collapse, saved?.state.collapse),
  };
}

function start({ policy, model }: StageContext, { critic, optimizer }: RlOptions) {
  const parameters = withValueHead(policy, model, critic);
  const trained = startTraining(parameters, optimizer, trainsOf(model));
  tf.dispose(parameters);
  return trained;
}

/** Saves the training as it is after its last iteration. */
export async function saveTraining({ context, iteration, trained, klCoefficient, cursor, collapse }: Training): Promise<void> {
  const state: SavedTraining = { steps: trained.steps, klCoefficient, cursor, collapse: collapse.saved };
  await context.checkpoints.save({
    step: iteration,
    tensors: { model: trained.parameters, optimizer: trained.optimizerState },
    state,
  });
}

/** Frees the tensors of a training. */
export function closeTraining({ trained }: Training): void {
  disposeTrained(trained);
}
