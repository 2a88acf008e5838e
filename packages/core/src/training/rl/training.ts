import type { Split } from "../../kinds.ts";
import type { StageContext } from "../../stage.ts";
import { cursorAtStart } from "../cursor.ts";
import type { Cursor } from "../cursor.ts";
import { keptName } from "../kept-name.ts";
import type { LearnerState } from "../learner.ts";
import { collapseWatch } from "./collapse.ts";
import type { CollapseWatch, SavedCollapse } from "./collapse.ts";
import { scoreComposer } from "./compose.ts";
import type { ScoreComposer } from "./compose.ts";
import type { WaitingResponses } from "./kept-form.ts";
import { openLearner } from "./learner.ts";
import type { RlLearner } from "./learner.ts";
import type { RlOptions } from "./options.ts";

/** A policy under training: what its iterations work with, and what changes from one to the next. */
export interface Training {
  readonly context: StageContext;
  readonly options: RlOptions;
  /** The training split. */
  readonly items: Split;
  readonly composer: ScoreComposer;
  /** The policy and its optimizer's state, wherever they are. */
  readonly learner: RlLearner;
  /** Iterations done; the one at work is the next. */
  iteration: number;
  /** β, which follows its target where it is adaptive. */
  klCoefficient: number;
  /** Where the prompts are. */
  cursor: Cursor;
  readonly collapse: CollapseWatch;
  /** Responses that were sampled and wait to be trained on, the next first (`rollout.staleness`). */
  readonly waiting: WaitingResponses[];
}

/** What a checkpoint holds beside the policy, the optimizer's state and what the pipeline saves (streams, logs, components' states). */
interface SavedTraining extends LearnerState {
  readonly klCoefficient: number;
  readonly cursor: Cursor;
  readonly collapse: SavedCollapse;
  readonly waiting?: readonly WaitingResponses[];
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
    learner: await openLearner(context, options, saved),
    iteration: saved?.step ?? 0,
    klCoefficient: saved?.state.klCoefficient ?? options.kl?.coefficient ?? 0,
    cursor: saved?.state.cursor ?? cursorAtStart,
    collapse: collapseWatch(options.collapse, saved?.state.collapse),
    waiting: [...(saved?.state.waiting ?? [])],
  };
}

/** Saves the training as it is after its last iteration. */
export async function saveTraining({
  context,
  iteration,
  learner,
  klCoefficient,
  cursor,
  collapse,
  waiting,
}: Training): Promise<void> {
  const { tensors, state, kept } = await learner.save(keptName(context, iteration));
  const wait = waiting.length === 0 ? {} : { waiting };
  const saved: SavedTraining = { ...state, klCoefficient, cursor, collapse: collapse.saved, ...wait };
  await context.checkpoints.save({ step: iteration, tensors, state: saved, kept });
}

/** Frees the tensors of a training. */
export function closeTraining({ learner }: Training): void {
  learner.dispose();
}
