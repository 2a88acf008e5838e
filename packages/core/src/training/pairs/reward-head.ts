import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor1D } from "@tensorflow/tfjs-core";
import { InputError, Interrupted } from "@rewardlab/storage";
import { z } from "zod";
import { itemsAt } from "../../items/items.ts";
import type { ItemOutline, Model, Parameters } from "../../kinds.ts";
import { countTrue } from "../../math/masked.ts";
import { stage } from "../../plugin/component.ts";
import { memoryIssues, timeIssues } from "../../plugin/feasible.ts";
import { weightsHere } from "../../plugin/remote-model.ts";
import { slot } from "../../plugin/slots.ts";
import { numberFor } from "../../services/compiler.ts";
import type { Compiler } from "../../services/compiler.ts";
import type { MetricDeclarations } from "../../services/metric-declaration.ts";
import type { StageMetrics } from "../../services/metrics.ts";
import type { Saved, StageContext, StageOutcome } from "../../stage.ts";
import { cursorAtStart, nextIndices } from "../cursor.ts";
import type { Cursor } from "../cursor.ts";
import { yieldToEventLoop } from "../event-loop.ts";
import { keptNames, trainsOf } from "../../plugin/frozen.ts";
import type { Trains } from "../../plugin/frozen.ts";
import { keptName } from "../kept-name.ts";
import type { Learner, LearnerState } from "../learner.ts";
import { localLearner, trainedOf } from "../local-learner.ts";
import { isNonFinite } from "../non-finite.ts";
import { valueHeadOf, withValueHead } from "../rl/critic.ts";
import { SHORT, TIMED } from "../shortened.ts";
import { lossAndGradients, startTraining, stepTaker } from "../update.ts";
import type { LossAndGradients } from "../update.ts";
import { pairOf, pairPlaces, pairScores, pairTensors } from "./pairs.ts";
import type { Pair, PairTensors } from "./pairs.ts";
import { free, tidied } from "../../math/memory.ts";

/** The least that a pair takes on the host: its item, two texts and their ids. */
const BYTES_PER_PAIR = 512;

const options = z.strictObject({
  loss: slot("pair-loss").describe("of a pair, from the scores of both responses; the mean is learnt from"),
  steps: z.int().positive().describe("optimizer steps"),
  batch: z.int().positive().describe("pairs per step"),
  optimizer: slot("optimizer").describe("makes the step from the gradient"),
  schedule: slot("schedule").prefault("constant").describe("factor on the learning rate"),
  trains: z.enum(["all", "head"]).default("all").describe("what moves: the policy's layers with the head, or the head alone"),
  margins: z
    .string()
    .nullable()
    .default(null)
    .describe("a column of the data whose number is a pair's margin; null: the data say none"),
  items: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe("learn from so many items of the training split, from the start; null: all"),
  gradientClip: z.number().positive().nullable().default(1).describe("largest global norm of the gradients; null: any"),
  microbatch: z.int().positive().nullable().default(null).describe("pairs per forward pass; null: the whole batch"),
  seed: z.int().min(0).nullable().default(null).describe("null: the run's own seed; a number: the same for every run"),
  checkpointEvery: z.int().positive().default(100).describe("steps"),
});
type RewardHeadOptions = z.output<typeof options>;

const metrics: MetricDeclarations = {
  loss: { title: "Loss", first: true, meaning: "Mean over the step’s pairs." },
  pairAccuracy: {
    title: "Pairs in order",
    unit: "share",
    of: "pairs",
    first: true,
    meaning:
      "Share of the step’s pairs whose better response has the higher score, before the step; equal scores count as wrong.",
  },
  scoreMargin: {
    title: "Ahead by",
    meaning: "Mean over the step’s pairs of the better response’s score less the other’s, before the step.",
  },
  meanScore: {
    title: "Mean score",
    meaning:
      "Over both responses of the step’s pairs. Only differences are learnt, so it may drift where the loss doesn’t centre it.",
  },
  gradientNorm: { title: "Gradient norm", first: true, stability: "largest", meaning: "Global L2 norm before it is clipped." },
  learningRate: { title: "Learning rate", meaning: "As scheduled." },
};

/** What reading one item asks of the model: each of its responses by itself. */
export function asksOf(item: ItemOutline) {
  const pair = pairOf(item);
  return pair === null ? [] : [pair.chosen, pair.rejected].map((response) => ({ item: pair.asked, response }));
}

/**
 * Trains the model's value head as a scalar reward head, on pairs of responses of which one is the better: the mean over a step's pairs of a pair loss.
 * The score of a response is the head's value once its text is read. Ties teach nothing and are left out. The head stays with the policy: another such stage
 * goes on with it, `compare-scores` tells how well it orders held-out pairs, and an `rl` stage with a critic takes it for its critic.
 */
export const rewardHeadStage = stage({
  name: "reward-head",
  summary: "a scalar reward head, learnt from pairs of responses",
  keeps: "artefact",
  options,
  measures: () => ["steps", "pairs"],
  promptsAtOnce: ({ batch, microbatch }) => [{ path: ["batch"], prompts: Math.min(batch, microbatch ?? batch) }],
  metrics,
  checks: [
    {
      reads: ["steps"],
      find: ({ steps }: { steps: number }) => timeIssues(["steps"], steps, "steps"),
    },
    {
      reads: ["batch"],
      find: ({ batch }: { batch: number }) => memoryIssues(["batch"], batch * BYTES_PER_PAIR, `a batch of ${batch} pairs`),
    },
  ],
  needs: ({ seed, items }) => ({
    splits: [{ name: "train", items, asks: asksOf }],
    valueHead: true,
    ...(seed === null ? {} : { seed }),
  }),
  work: ({ steps, batch }) => ({
    unit: "steps",
    units: steps,
    split: "train",
    per: [
      { what: "step", amounts: { examples: 2 * batch, updates: 1 } },
      { what: "all", amounts: { examples: 2 * batch * steps, updates: steps } },
    ],
    notes: ["two examples a pair"],
    size: 2 * batch,
  }),
  shortened: ({ steps, batch, checkpointEvery }, purpose) =>
    purpose === "time"
      ? { steps: Math.min(TIMED + 2, steps) }
      : {
          steps: Math.min(SHORT.steps, steps),
          batch: Math.min(SHORT.batch, batch),
          checkpointEvery: Math.min(SHORT.checkpointEvery, checkpointEvery),
        },
  create: (chosen) => ({ run: (context) => train(context, chosen) }),
});

interface SavedState extends LearnerState {
  readonly cursor: Cursor;
}

async function train(context: StageContext, chosen: RewardHeadOptions): Promise<StageOutcome> {
  const { progress } = context;
  const model = weightsHere(context.model, context.name);
  const { optimizer, steps } = chosen;
  const data = await context.data.open("train");
  const places = await pairPlaces(data, Math.min(data.length, chosen.items ?? Infinity));
  const saved = context.checkpoints.resume<SavedState>();
  const lines = context.log("metrics");
  let cursor = saved?.state.cursor ?? cursorAtStart;
  let done = saved?.step ?? 0;
  if (done > 0) progress.note(`${context.name}: goes on after step ${done}`);
  const first = pairOf(await data.item(places[0]!))!;
  const learner = openLearner(context, model, chosen, saved, first);
  const save = async () => {
    const { tensors, state, kept } = await learner.save(keptName(context, done));
    await context.checkpoints.save<SavedState>({ step: done, tensors, state: { ...state, cursor }, kept });
  };
  const outcome = () => learner.outcome(keptName(context, done));
  try {
    while (done < steps) {
      await yieldToEventLoop();
      if (context.signal.aborted) {
        await save();
        throw new Interrupted(`stopped before step ${done + 1}`);
      }
      const order = `${context.seed}/${context.name}`;
      const next = nextIndices(order, places.length, chosen.batch, cursor);
      const items = await itemsAt(
        data,
        next.indices.map((index) => places[index]!),
      );
      const after = nextIndices(order, places.length, chosen.batch, next.cursor);
      data.prefetch?.(after.indices.map((index) => places[index]!));
      const pairs = items.map((item) => ({ ...pairOf(item)!, margin: marginOf(item, chosen.margins) }));
      const gradient = await learner.gradient(batchesOf(model, context.compiler, pairs, chosen.microbatch));
      const learningRate = optimizer.learningRate * chosen.schedule.factor(done, steps);
      const stepped = await gradient.step(learningRate).catch((error: unknown) => {
        if (isNonFinite(error)) return error.message;
        throw error;
      });
      if (typeof stepped === "string")
        return { status: "collapsed", reason: `step ${done + 1}: ${stepped}`, ...(await outcome()) };
      ({ cursor } = next);
      done += 1;
      const counted = context.metrics.take();
      lines.append({ step: done, loss: gradient.loss, ...counted, gradientNorm: stepped, learningRate });
      progress.update(context.name, done, steps, { loss: gradient.loss });
      if (done % chosen.checkpointEvery === 0 || done === steps) await save();
    }
    return { status: "done", ...(await outcome()), results: { steps, pairs: places.length } };
  } finally {
    learner.dispose();
  }
}

/** The policy with its head; begins at what was saved, else at the stage's policy, whose head is a new one where it has none. `any`: a pair to be tried with. */
function openLearner(
  { policy, compiler, metrics: counters }: StageContext,
  model: Model,
  { loss, optimizer, gradientClip, trains }: RewardHeadOptions,
  saved: Saved<SavedState> | null,
  any: Pair,
): Learner<PairBatch> {
  const begun = withValueHead(policy, model);
  const read = readByHead(model, begun, any);
  const moves: Trains = (name) => read.has(name) && (trains === "all" ? trainsOf(model)(name) : name.startsWith("value."));
  const compute = compiler.compile((parameters: Parameters, batch: PairBatch) => {
    const { result, recorded } = counters.record(() =>
      lossAndGradients(parameters, (differentiated) => lossOf(model, loss, counters, differentiated, batch), moves),
    );
    return { ...result, recorded };
  });
  const kept = keptNames(model);
  const trained = trainedOf(saved, { policy, kept }, () => startTraining(begun, optimizer, moves));
  tf.dispose(begun);
  return localLearner<PairBatch>(trained, {
    gradients: (parameters, make): LossAndGradients => {
      const { recorded, ...made } = tidied(() => compute(parameters, make()));
      counters.add(recorded);
      return made;
    },
    takeStep: stepTaker(compiler, optimizer, gradientClip),
    kept,
  });
}

/** The parameters that the scores depend on. A layer beside the head, as that of the next token, is not among them: nothing is to move it. */
function readByHead(model: Model, parameters: Parameters, pair: Pair): ReadonlySet<string> {
  const names = Object.keys(parameters);
  const { prompts, responses } = pairTensors(model, [pair]);
  const scores = () => tf.sum(valueHeadOf(model).logProbsAndValues(parameters, prompts, responses, 1).values); // []
  const { value, grads } = tf.engine().gradients(
    scores,
    names.map((name) => parameters[name]!),
    undefined,
    true,
  );
  const read = new Set(names.filter((_, index) => grads[index] !== null && grads[index] !== undefined));
  free(value, grads.filter(Boolean), prompts, responses);
  return read;
}

/** Some of a step's pairs, as tensors. */
interface PairBatch extends PairTensors {
  readonly margins: Tensor1D | null; // [P]
  /** Pairs of the whole step. */
  readonly pairs: number | Scalar; // []
}

/** Σ loss / pairs of the whole step: the micro-batches' losses add up to the mean. */
function lossOf(
  model: Model,
  loss: RewardHeadOptions["loss"],
  counters: StageMetrics,
  parameters: Parameters,
  { prompts, responses, margins, pairs }: PairBatch,
): Scalar {
  const { values } = valueHeadOf(model).logProbsAndValues(parameters, prompts, responses, 1); // [2P, T]
  const { chosen, rejected } = pairScores(values, responses.mask); // [P] each
  const count = tf.sum(tf.onesLike(chosen)) as Scalar; // []
  counters.share("pairAccuracy", countTrue(tf.greater(chosen, rejected)), count);
  counters.share("scoreMargin", tf.sum(tf.sub(chosen, rejected)) as Scalar, count);
  counters.share("meanScore", tf.sum(tf.add(chosen, rejected)) as Scalar, tf.mul(count, 2) as Scalar);
  return tf.div(tf.sum(loss.apply({ chosen, rejected, margins })), pairs) as Scalar; // []
}

type PairWithMargin = Pair & { readonly margin: number | null };

function batchesOf(
  model: Model,
  compiler: Compiler,
  pairs: readonly PairWithMargin[],
  microbatch: number | null,
): (() => PairBatch)[] {
  const size = microbatch ?? pairs.length;
  return Array.from({ length: Math.ceil(pairs.length / size) }, (_, part) => () => {
    const some = pairs.slice(part * size, (part + 1) * size);
    const margins = some.flatMap(({ margin }) => (margin === null ? [] : [margin]));
    return {
      ...pairTensors(model, some),
      margins: margins.length === 0 ? null : tf.tensor1d(margins), // [P]
      pairs: numberFor(compiler, pairs.length),
    };
  });
}

/** What the data say of the pair; null where no column is asked for. */
function marginOf({ id, where, extra }: ItemOutline, column: string | null): number | null {
  if (column === null) return null;
  const margin = extra?.[column];
  if (typeof margin === "number" && Number.isFinite(margin)) return margin;
  throw new InputError(
    "RL_MARGIN",
    `data item ${id}${where === undefined ? "" : ` (${where})`}: ${column} is ${JSON.stringify(margin) ?? "missing"}, expected the pair's margin, a number`,
  );
}
