import type { Container } from "../plugin/container.ts";
import type { Cell } from "../experiment/load.ts";
import type { Resolved } from "../plugin/resolved.ts";
import type { Sampler } from "../kinds.ts";
import { evaluateStage } from "../training/evaluate/stage.ts";
import type { RlOptions } from "../training/rl/options.ts";
import { rlStage } from "../training/rl/stage.ts";
import { samplingRounds } from "../training/rl/sampler-chain.ts";
import { sftStage } from "../training/sft/stage.ts";

/** A count with its unit: what is counted, e.g. prompts. Tokens are at most. */
export type Amounts = Readonly<
  Partial<Record<"prompts" | "responses" | "examples" | "tokens" | "updates" | "forwardPasses", number>>
>;

/** How much a stage does, by arithmetic on its options. */
export interface StageWork {
  /** What its progress counts. */
  readonly unit: "iterations" | "steps" | "items";
  /** null: as many as the split of the data has. */
  readonly units: number | null;
  readonly split: string;
  /** In order: per iteration, per update, in all. Each unit stands in its key. */
  readonly per: readonly { readonly what: "iteration" | "update" | "step" | "item" | "all"; readonly amounts: Amounts }[];
  /** What the amounts leave open. */
  readonly notes: readonly string[];
  /** What one unit costs, roughly: tokens sampled at most, or examples learnt. For comparing cells, not for time as such. */
  readonly size: number;
}

/** null for a stage that a plugin brings: what it does is its own affair. `container` creates its samplers, which say how often they may sample anew. */
export function stageWork(stage: Resolved<"stage">, container: Container): StageWork | null {
  if (stage.component === rlStage) {
    const options = stage.options as RlOptions;
    return rlWork(options, samplingRounds(container.fill(options.sampler) as Sampler[]));
  }
  if (stage.component === sftStage) return sftWork(stage.options as SftShape);
  if (stage.component === evaluateStage) return evaluateWork(stage.options as EvaluateShape);
  return null;
}

type SftShape = { readonly phases: readonly { readonly steps: number; readonly batch: number }[] };
type EvaluateShape = {
  readonly on: readonly string[];
  readonly items: number | null;
  readonly voting: readonly number[];
  readonly maxNewTokens: number;
  readonly prompts: number;
};

/** P prompts × G responses = B; an epoch makes ⌈B / minibatch⌉ updates. */
export function rlWork(
  { iterations, rollout, update }: Pick<RlOptions, "iterations" | "rollout" | "update">,
  rounds: number,
): StageWork {
  const { prompts, samplesPerPrompt, maxNewTokens } = rollout;
  const responses = prompts * samplesPerPrompt;
  const minibatch = Math.min(update.minibatch ?? responses, responses);
  const updates = update.epochs * Math.ceil(responses / minibatch);
  const grouped = update.shuffle === "groups" && minibatch % samplesPerPrompt === 0;
  const last = responses % minibatch;
  const notes = [
    ...(last > 0 ? [`the last update of each epoch has ${last} responses`] : []),
    ...(rounds > 1 ? [`the sampler may ask for up to ${rounds} rollouts an iteration`] : []),
    "responses without a score don't train",
  ];
  return {
    unit: "iterations",
    units: iterations,
    split: "train",
    per: [
      { what: "iteration", amounts: { prompts, responses, tokens: responses * maxNewTokens, updates } },
      {
        what: "update",
        amounts: {
          prompts: grouped ? minibatch / samplesPerPrompt : Math.min(prompts, minibatch),
          responses: minibatch,
          tokens: minibatch * maxNewTokens,
          forwardPasses: Math.ceil(minibatch / (update.microbatch ?? minibatch)),
        },
      },
      {
        what: "all",
        amounts: {
          prompts: iterations * prompts,
          responses: iterations * responses,
          tokens: iterations * responses * maxNewTokens,
          updates: iterations * updates,
        },
      },
    ],
    notes,
    size: responses * maxNewTokens * (1 + update.epochs),
  };
}

function sftWork({ phases }: SftShape): StageWork {
  const steps = phases.reduce((sum, phase) => sum + phase.steps, 0);
  const examples = phases.reduce((sum, phase) => sum + phase.steps * phase.batch, 0);
  const batches = [...new Set(phases.map(({ batch }) => batch))];
  return {
    unit: "steps",
    units: steps,
    split: "train",
    per: [
      ...(batches.length === 1 ? [{ what: "step" as const, amounts: { examples: batches[0]!, updates: 1 } }] : []),
      { what: "all", amounts: { examples, updates: steps } },
    ],
    notes: batches.length === 1 ? [] : [`${batches.join(", ")} examples a step, by phase`],
    size: examples / steps,
  };
}

function evaluateWork({ on, items, voting, maxNewTokens }: EvaluateShape): StageWork {
  const responses = Math.max(...voting);
  return {
    unit: "items",
    units: items,
    split: on[0]!.replace(/^data\./, ""),
    per: [
      { what: "item", amounts: { prompts: 1, responses, tokens: responses * maxNewTokens } },
      ...(items === null
        ? []
        : [
            {
              what: "all" as const,
              amounts: { prompts: items, responses: items * responses, tokens: items * responses * maxNewTokens },
            },
          ]),
    ],
    notes: items === null ? ["as many items as the split has"] : [],
    size: responses * maxNewTokens,
  };
}

/** The same cell, cut short: enough steps of each stage to time one. `whole`: stages that are left as they are. */
export function firstSteps(cell: Cell, whole: ReadonlySet<string>): Cell {
  const cut = (stage: Resolved<"stage">): Resolved<"stage"> => {
    const options = stage.options as object;
    if (stage.component === rlStage)
      return { ...stage, options: { ...options, iterations: Math.min(TIMED, (options as RlOptions).iterations) } };
    if (stage.component === sftStage) {
      const [first] = (options as SftShape).phases;
      return { ...stage, options: { ...options, phases: [{ ...first, steps: Math.min(TIMED + 2, first!.steps) }] } };
    }
    if (stage.component === evaluateStage) {
      const { items, prompts } = options as EvaluateShape;
      return { ...stage, options: { ...options, items: Math.min(items ?? Infinity, TIMED * prompts) } };
    }
    return stage;
  };
  return { ...cell, stages: cell.stages.map((one) => (whole.has(one.name) ? one : { ...one, stage: cut(one.stage) })) };
}

/** The first step warms up (kernels are compiled, memory is taken), and the second one is timed. */
const TIMED = 2;
