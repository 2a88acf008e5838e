import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { stage } from "../../plugin/component.ts";
import { InputError, Interrupted } from "@rewardlab/storage";
import { itemsAt } from "../../items/items.ts";
import type { ItemOutline, Model, Parameters, PreferenceItem, ModelBatch, ResponseBatch } from "../../kinds.ts";
import { memoryIssues, timeIssues } from "../../plugin/feasible.ts";
import { maskedSum } from "../../math/masked.ts";
import { responseText } from "../../items/responses.ts";
import type { Compiler } from "../../services/compiler.ts";
import { numberFor } from "../../services/compiler.ts";
import { slot } from "../../plugin/slots.ts";
import { isRemote } from "../../plugin/remote-model.ts";
import type { Saved, StageContext, StageOutcome } from "../../stage.ts";
import { sftMetrics } from "./metrics.ts";
import { cursorAtStart, nextIndices } from "../cursor.ts";
import type { Cursor } from "../cursor.ts";
import { SHORT, TIMED } from "../shortened.ts";
import { yieldToEventLoop } from "../event-loop.ts";
import { isNonFinite } from "../non-finite.ts";
import { keptName } from "../kept-name.ts";
import type { Learner, LearnerState } from "../learner.ts";
import { localLearner, trainedOf } from "../local-learner.ts";
import { remoteLearner } from "../remote-learner.ts";
import { paddedResponses } from "../padded-responses.ts";
import { keptNames, trainsOf } from "../../plugin/frozen.ts";
import { lossAndGradients, startTraining, stepTaker } from "../update.ts";
import { tidied } from "../../math/memory.ts";

const phaseOptions = z.strictObject({
  steps: z.int().positive().describe("optimizer steps"),
  batch: z.int().positive().describe("items per step"),
  learningRate: z.number().positive().nullable().default(null).describe("peak; null: the optimizer's"),
  schedule: slot("schedule").prefault("constant").describe("factor on the learning rate, over the phase's steps"),
  targets: z
    .record(z.string(), z.number().min(0))
    .refine((shares) => Object.values(shares).some((share) => share > 0), "expected at least one target with a share above 0")
    .default({ thought: 1 })
    .describe("what is learnt, with the share of each: thought, or the name of one of the data's targets"),
});

/** The least that an example takes on the host: its index, item, text and ids, and a row of four ids and masks; 8 bytes a number and 16 an object. */
const BYTES_PER_EXAMPLE = 256;

const options = z.strictObject({
  phases: z.array(phaseOptions).min(1).describe("one after the other; the optimizer's state goes on"),
  optimizer: slot("optimizer").describe("makes the step from the gradient"),
  items: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe("learn from so many items of the training split, from the start; null: all"),
  order: z
    .enum(["shuffled", "given"])
    .optional()
    .describe("of the items in a pass: shuffled, or as the data have them, for a curriculum; absent: shuffled"),
  gradientClip: z.number().positive().nullable().default(1).describe("largest global norm of the gradients; null: any"),
  microbatch: z.int().positive().nullable().default(null).describe("items per forward pass; null: the whole batch"),
  seed: z.int().min(0).nullable().default(null).describe("null: the run's own seed; a number: the same cold start for every run"),
  checkpointEvery: z.int().positive().default(100).describe("steps"),
});
type SftOptions = z.output<typeof options>;

/**
 * Supervised fine-tuning: the mean over the batch's target tokens of −log π(token). The cold start of a policy before RL.
 */
export const sftStage = stage({
  name: "sft",
  summary: "supervised fine-tuning on the data's own thoughts (cold start)",
  keeps: "artefact",
  options,
  measures: () => ["steps"],
  promptsAtOnce: ({ phases, microbatch }) =>
    phases.map(({ batch }, index) => ({ path: ["phases", index, "batch"], prompts: Math.min(batch, microbatch ?? batch) })),
  metrics: sftMetrics,
  checks: [
    {
      reads: ["phases"],
      find: ({ phases }: { phases: readonly { steps: number; batch: number }[] }) =>
        phases.flatMap(({ steps, batch }, index) => [
          ...timeIssues(["phases", index, "steps"], steps, "steps"),
          ...memoryIssues(["phases", index, "batch"], batch * BYTES_PER_EXAMPLE, `a batch of ${batch} examples`),
        ]),
    },
  ],
  needs: ({ seed, items, phases }) => ({
    splits: [
      {
        name: "train",
        items,
        // every target that a phase may draw; one that an item hasn't got is told when it is drawn
        asks: (item) =>
          [...new Set(phases.flatMap(({ targets }) => Object.keys(targets).filter((name) => targets[name]! > 0)))].flatMap(
            (name) => {
              const example = exampleFor(item, name);
              return example === null ? [] : [{ item: example.asked, response: example.response }];
            },
          ),
      },
    ],
    logProbsAt: { temperature: TEMPERATURE },
    ...(seed === null ? {} : { seed }),
  }),
  work: ({ phases }) => {
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
  },
  shortened: ({ phases, checkpointEvery }, purpose) =>
    purpose === "time"
      ? { phases: [{ ...phases[0]!, steps: Math.min(TIMED + 2, phases[0]!.steps) }] }
      : {
          phases: phases.map((phase) => ({
            ...phase,
            steps: Math.min(SHORT.steps, phase.steps),
            batch: Math.min(SHORT.batch, phase.batch),
          })),
          checkpointEvery: Math.min(SHORT.checkpointEvery, checkpointEvery),
        },
  create: (chosen) => ({ run: (context) => train(context, chosen) }),
});

/** Of the policy itself. */
const TEMPERATURE = 1;

interface SavedState extends LearnerState {
  readonly cursor: Cursor;
}

async function train(context: StageContext, { phases, ...chosen }: SftOptions): Promise<StageOutcome> {
  const { progress, random, compiler } = context;
  const { optimizer } = chosen;
  const data = await context.data.open("train");
  const items = Math.min(data.length, chosen.items ?? Infinity);
  const saved = context.checkpoints.resume<SavedState>();
  const metrics = context.log("metrics");
  let cursor = saved?.state.cursor ?? cursorAtStart;
  let done = saved?.step ?? 0;
  const total = phases.reduce((sum, { steps }) => sum + steps, 0);
  if (done > 0) progress.note(`${context.name}: goes on after step ${done}`);
  const learner = await openLearner(context, chosen, saved);
  const save = async () => {
    const { tensors, state, kept } = await learner.save(keptName(context, done));
    await context.checkpoints.save<SavedState>({ step: done, tensors, state: { ...state, cursor }, kept });
  };
  const outcome = () => learner.outcome(keptName(context, done));
  try {
    while (done < total) {
      await yieldToEventLoop();
      if (context.signal.aborted) {
        await save();
        throw new Interrupted(`stopped before step ${done + 1}`);
      }
      const { phase, index: phaseIndex, step } = phaseAt(phases, done);
      const after = (from: Cursor) => nextIndices(`${context.seed}/${context.name}`, items, phase.batch, from, chosen.order);
      const next = after(cursor);
      const batch = await itemsAt(data, next.indices);
      data.prefetch?.(after(next.cursor).indices);
      const examples = batch.map((item) => exampleOf(item, phase.targets, random.stream("targets").uniform()));
      const learningRate = (phase.learningRate ?? optimizer.learningRate) * phase.schedule.factor(step, phase.steps);
      const gradient = await learner.gradient(
        batchesOf(context.model, examples, chosen.microbatch).map((make) => () => make(compiler)),
      );
      const stepped = await tryStep(() => gradient.step(learningRate));
      if (typeof stepped === "string")
        return { status: "collapsed", reason: `step ${done + 1}: ${stepped}`, ...(await outcome()) };
      ({ cursor } = next);
      done += 1;
      metrics.append({
        step: done,
        phase: phaseIndex + 1,
        loss: gradient.loss,
        ...(stepped === null ? {} : { gradientNorm: stepped }),
        learningRate,
      });
      progress.update(context.name, done, total, { loss: gradient.loss });
      if (done % chosen.checkpointEvery === 0 || done === total) await save();
    }
    return { status: "done", ...(await outcome()), results: { steps: total } };
  } finally {
    learner.dispose();
  }
}

/** The policy under training, wherever its weights are; begins at what was saved, else at the stage's policy. */
async function openLearner(
  { model, policy, kept, compiler, metrics }: StageContext,
  { optimizer, gradientClip }: Pick<SftOptions, "optimizer" | "gradientClip">,
  saved: Saved<SavedState> | null,
): Promise<Learner<SftBatch>> {
  if (isRemote(model))
    return remoteLearner<SftBatch>(
      { model, optimizer, gradientClip, temperature: TEMPERATURE, metrics, lossOf: lossOfLogProbs },
      kept!,
      saved?.state ?? null,
    );
  const compute = compiler.compile((parameters: Parameters, batch: SftBatch) =>
    lossAndGradients(parameters, (differentiated) => lossOf(model, differentiated, batch), trainsOf(model)),
  );
  const names = keptNames(model);
  return localLearner<SftBatch>(
    trainedOf(saved, { policy, kept: names }, () => startTraining(policy, optimizer, trainsOf(model))),
    {
      gradients: (parameters, make) => tidied(() => compute(parameters, make())),
      takeStep: stepTaker(compiler, optimizer, gradientClip),
      kept: names,
    },
  );
}

/** What the step gave, or what in it was not finite: then nothing was changed. */
async function tryStep<T>(step: () => Promise<T>): Promise<T | string> {
  try {
    return await step();
  } catch (error) {
    if (isNonFinite(error)) return error.message;
    throw error;
  }
}

type Phase = SftOptions["phases"][number];

function phaseAt(phases: readonly Phase[], done: number): { phase: Phase; index: number; step: number } {
  let step = done;
  for (const [index, phase] of phases.entries()) {
    if (step < phase.steps) return { phase, index, step };
    step -= phase.steps;
  }
  throw new RangeError(`step ${done} lies after the last phase`);
}

/** What is asked, and what is to be written. */
interface Example<I extends ItemOutline = PreferenceItem> {
  readonly asked: I;
  readonly response: string;
}

/** One of the item's targets, by its share. `draw` lies in [0, 1). */
function exampleOf(item: PreferenceItem, targets: Readonly<Record<string, number>>, draw: number): Example {
  const total = Object.values(targets).reduce((a, b) => a + b, 0);
  let left = draw * total;
  const name = Object.keys(targets).find((key) => (left -= targets[key]!) < 0) ?? Object.keys(targets)[0]!;
  const example = exampleFor(item, name);
  if (example !== null) return example;
  const there = [...(item.thought === undefined ? [] : ["thought"]), ...Object.keys(item.targets ?? {})];
  throw new InputError(
    "RL_TARGET",
    `data item ${item.id}: has no target "${name}" to learn from; it has ${there.join(", ") || "none"}`,
  );
}

/** The target of this name; null where the item has none. */
function exampleFor<I extends ItemOutline>(item: I, name: string): Example<I> | null {
  if (name === "thought" && item.thought !== undefined)
    return { asked: item, response: responseText(item.thought, item.preferred) };
  const target = item.targets !== undefined && Object.hasOwn(item.targets, name) ? item.targets[name] : undefined;
  if (typeof target === "string") return { asked: item, response: target };
  if (target === undefined) return null;
  return {
    asked: { ...item, question: target.question, responses: target.compares ? item.responses : ["", ""] },
    response: target.response,
  };
}

/** Some of a step's examples, as tensors. */
interface SftBatch {
  readonly prompts: ModelBatch;
  readonly responses: ResponseBatch;
  /** Target tokens of the whole step. */
  readonly tokens: number | Scalar; // []
}

function lossOf(model: Model, parameters: Parameters, batch: SftBatch): Scalar {
  return lossOfLogProbs(model.logProbs(parameters, batch.prompts, batch.responses, 1), batch); // []
}

/** −Σ log π(token) / tokens of the whole step: the micro-batches' losses add up to the mean. [rows, T] → [] */
function lossOfLogProbs(logProbs: Tensor2D, { responses, tokens }: SftBatch): Scalar {
  return tf.div(tf.neg(maskedSum(logProbs, responses.mask)), tokens); // []
}

function batchesOf(
  model: Pick<Model, "tokenizer" | "prompts">,
  examples: readonly Example[],
  microbatch: number | null,
): ((compiler: Compiler) => SftBatch)[] {
  const { tokenizer } = model;
  const ids = examples.map(({ response }) => [...tokenizer.encode(response), tokenizer.endId]);
  const tokens = ids.reduce((sum, row) => sum + row.length, 0);
  const size = microbatch ?? examples.length;
  return Array.from({ length: Math.ceil(examples.length / size) }, (_, part) => (compiler: Compiler) => ({
    prompts: model.prompts(examples.slice(part * size, (part + 1) * size).map(({ asked }) => asked)),
    responses: paddedResponses(ids.slice(part * size, (part + 1) * size), tokenizer.padId),
    tokens: numberFor(compiler, tokens),
  }));
}
