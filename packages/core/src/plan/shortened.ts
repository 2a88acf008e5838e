import type { Cell } from "../experiment/load.ts";
import type { Resolved } from "../plugin/resolved.ts";
import { evaluateStage } from "../training/evaluate/stage.ts";
import type { RlOptions } from "../training/rl/options.ts";
import { rlStage } from "../training/rl/stage.ts";
import { sftStage } from "../training/sft/stage.ts";

/** Which part of a cell is run in short. */
export interface Shortening {
  /** The stages that are run, by name; the others are left out. */
  readonly stages: readonly string[];
  /** Of these, the ones that are left as they are. */
  readonly whole: readonly string[];
}

/** What a shortened stage has at most. Two of three steps or iterations lie behind a checkpoint, so that a kill costs some of them. */
const MOST = { steps: 5, batch: 8, iterations: 7, prompts: 8, items: 16, itemsPerBatch: 4, checkpointEvery: 3 };

/**
 * The same cell with little to do and many checkpoints, for trying how it goes on after a kill: a few steps of each phase, iterations of few prompts,
 * items in small batches. How many updates an iteration makes stays. Stages that plugins bring are left as they are.
 */
export function shortened(cell: Cell, { stages, whole }: Shortening): Cell {
  return {
    ...cell,
    stages: cell.stages
      .filter(({ name }) => stages.includes(name))
      .map((one) => (whole.includes(one.name) ? one : { ...one, stage: shortStage(one.stage) })),
  };
}

/** Whether `shortened` knows how to cut a stage short. */
export function canShorten({ component }: Resolved<"stage">): boolean {
  return component === rlStage || component === sftStage || component === evaluateStage;
}

function shortStage(stage: Resolved<"stage">): Resolved<"stage"> {
  if (!canShorten(stage)) return stage;
  const options = stage.options as object;
  const short = stage.component === rlStage ? shortRl : stage.component === sftStage ? shortSft : shortEvaluate;
  return { ...stage, options: { ...options, ...short(stage.options as never) } };
}

function shortRl({ iterations, rollout, update, checkpointEvery }: RlOptions): Partial<RlOptions> {
  const prompts = Math.min(MOST.prompts, rollout.prompts);
  const group = rollout.samplesPerPrompt;
  const unit = update.shuffle === "groups" ? group : 1; // groups stay together
  const fewer = (responses: number) => Math.ceil((responses * prompts) / rollout.prompts / unit) * unit;
  return {
    iterations: Math.min(MOST.iterations, iterations),
    rollout: { ...rollout, prompts },
    update: { ...update, minibatch: update.minibatch === null ? null : fewer(update.minibatch) },
    checkpointEvery: Math.min(MOST.checkpointEvery, checkpointEvery),
  };
}

interface SftShape {
  readonly phases: readonly { readonly steps: number; readonly batch: number }[];
  readonly checkpointEvery: number;
}
function shortSft({ phases, checkpointEvery }: SftShape): SftShape {
  const short = phases.map((phase) => ({
    ...phase,
    steps: Math.min(MOST.steps, phase.steps),
    batch: Math.min(MOST.batch, phase.batch),
  }));
  return { phases: short, checkpointEvery: Math.min(MOST.checkpointEvery, checkpointEvery) };
}

interface EvaluateShape {
  readonly items: number | null;
  readonly prompts: number;
}
function shortEvaluate({ items, prompts }: EvaluateShape): EvaluateShape {
  return { items: Math.min(MOST.items, items ?? Infinity), prompts: Math.min(MOST.itemsPerBatch, prompts) };
}
