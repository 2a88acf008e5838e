import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import { stage } from "../../plugin/component.ts";
import type { Parameters } from "../../kinds.ts";
import { advantageChain, batchTotals, klPenalty } from "../../policy-loss.ts";
import type { RandomStream } from "../../random.ts";
import { responseSample } from "../samples.ts";
import { Compiler } from "../../services/compiler.ts";
import { Metrics } from "../../services/metrics.ts";
import { Progress } from "../../services/progress.ts";
import { Random } from "../../services/random.ts";
import { Interrupted } from "../../stage.ts";
import type { StageContext, StageOutcome } from "../../stage.ts";
import { nextKlCoefficient } from "./adaptive-kl.ts";
import { collectResponses } from "./responses.ts";
import type { Sampled, Scored, Step } from "./responses.ts";
import { scoreComposer } from "./compose.ts";
import { explainedVariance } from "./critic.ts";
import { yieldToEventLoop } from "../event-loop.ts";
import type { MetricsCollector } from "../../services/metrics.ts";
import { checkTokens, NonFinite } from "../non-finite.ts";
import type { RandomStreams } from "../../services/random.ts";
import { rlIdleParts } from "./idle.ts";
import { algorithmPreset, rlChecks, rlOptions } from "./options.ts";
import type { RlOptions } from "./options.ts";
import { rlMetrics } from "./metrics.ts";
import { resume, save } from "./training.ts";
import type { RunState } from "./training.ts";
import { askedBy, groupsOf, responseTensors, rowTensor } from "../rollout.ts";
import type { Rollout } from "../rollout.ts";
import { outcomesOf, ruleMeans } from "../score.ts";
import { stepFunctions } from "./functions.ts";
import type { Microbatch } from "./functions.ts";
import { accumulateGradients, copyOf, disposeTrained } from "../update.ts";

/**
 * The trainer. One iteration, from top to bottom:
 *
 *     prompts → rollout → scores → sampler → KL → advantages → ratio → surrogate → aggregate → gradient → optimizer
 *
 * Which component does each step is the experiment's choice; nothing here knows an algorithm.
 */
export const rlStage = stage({
  name: "rl",
  summary: "reinforcement learning from rule rewards",
  keeps: "run",
  presetFrom: algorithmPreset,
  options: rlOptions,
  checks: rlChecks,
  idleParts: rlIdleParts,
  promptsAtOnce: ({ rollout }) => [{ path: ["rollout", "prompts"], prompts: rollout.prompts }],
  metrics: rlMetrics,
  inject: { metrics: Metrics, progress: Progress, random: Random, compiler: Compiler },
  create: (options, { metrics, progress, random, compiler }) => ({
    run: (context) =>
      train(context, options, { metrics: metrics as MetricsCollector, progress, random: random as RandomStreams, compiler }),
  }),
});

async function train(
  context: StageContext,
  options: RlOptions,
  {
    metrics,
    progress,
    random,
    compiler,
  }: { metrics: MetricsCollector; progress: Progress; random: RandomStreams; compiler: Compiler },
): Promise<StageOutcome> {
  const { policy: reference } = context;
  const items = await context.data.open("train");
  const run = resume(context, options, random);
  if (run.iteration > 0) progress.note(`${context.name}: goes on after iteration ${run.iteration}`);
  const composer = scoreComposer(Object.keys(options.reward.rules), options.reward);
  const functions = stepFunctions(compiler, context.model, options, metrics);
  metrics.take(); // what an evaluation before this stage counted belongs to no iteration, and a run that goes on doesn't have it
  try {
    for (let iteration = run.iteration + 1; iteration <= options.iterations; iteration++) {
      await yieldToEventLoop();
      if (context.signal.aborted) {
        await save(context, run);
        throw new Interrupted(`stopped before iteration ${iteration}`);
      }
      const step: Step = { context, options, composer, metrics, functions, iteration };
      const { rollout, scored, sampled } = await collectResponses(step, run, items);
      const { values, nonFinite } = await updatePolicy(step, run, reference, rollout, scored);

      const line = { iteration, ...summary(sampled), ...trainedScore(scored), ...values };
      run.metrics.append(line);
      for (const sample of samplesOf(step, rollout, scored)) run.samples.append(sample);
      run.iteration = iteration;
      progress.update(context.name, iteration, options.iterations, shown(line, sampled.scored));

      const collapsed = run.collapse.see({ score: line.score, updates: values.updates!, skipped: values.skippedUpdates! });
      const reason = nonFinite ?? collapsed ?? (iteration === options.iterations ? run.collapse.atEnd() : null);
      if (reason !== null) {
        // No checkpoint: killed before the artefact is written, the run repeats these iterations and ends here again.
        run.metrics.sync();
        run.samples.sync();
        const parameters = copyOf(run.trained.parameters);
        return { status: "collapsed", reason: `iteration ${iteration}: ${reason}`, parameters, results: updatesOf(run) };
      }
      if (iteration % options.checkpointEvery === 0 || iteration === options.iterations) await save(context, run);
    }
    return { status: "done", parameters: copyOf(run.trained.parameters), results: updatesOf(run) };
  } finally {
    disposeTrained(run.trained);
    run.metrics.close();
    run.samples.close();
  }
}

/** How many updates of the run were made, and how many were left out. */
function updatesOf({ collapse }: RunState) {
  const { updates, skipped } = collapse.saved.total;
  return { updates, skippedUpdates: skipped };
}

// ---------------------------------------------------------------- KL → advantages → ratio → surrogate → aggregate → gradient → optimizer

interface Updated {
  readonly values: Record<string, number>;
  /** Why the run must end, if something was not finite and the experiment says stop. */
  readonly nonFinite: string | null;
}

async function updatePolicy(
  step: Step,
  run: RunState,
  reference: Parameters,
  rollout: Rollout,
  scored: Scored,
): Promise<Updated> {
  const { options, metrics, iteration } = step;
  const rates = learningRates(options, iteration);
  const sums = { loss: 0, gradientNorm: 0, learningRate: 0, updates: 0 };
  const nonFinite: string[] = [];

  const prepared = caught(nonFinite, () => prepare(step, run, reference, rollout, scored));
  const batches = prepared === null ? [] : minibatches(options, scored.rows, rollout, run.random.stream("minibatches"));
  for (const [index, rows] of batches.entries()) {
    if (nonFinite.length > 0 && options.onNonFinite === "stop") break;
    caught(nonFinite, () => {
      const gradients = accumulateGradients(
        run.trained.parameters,
        microbatches(step, rollout, { ...prepared!, klCoefficient: run.klCoefficient }, rows).map((make) => () => {
          const {
            loss,
            gradients: parts,
            recorded,
          } = tf.tidy(() => step.functions.gradients(run.trained.parameters, make()) as never);
          metrics.add(recorded);
          return { loss, gradients: parts };
        }),
      );
      if (!Number.isFinite(gradients.loss)) {
        tf.dispose(gradients.gradients as never);
        nameNonFinite(step, run.trained.parameters, rollout, rows);
      }
      const learningRate = rates(index);
      const { trained, gradientNorm } = step.functions.takeStep(run.trained, gradients, learningRate);
      run.trained = trained;
      sums.loss += gradients.loss;
      sums.gradientNorm += gradientNorm;
      sums.learningRate += learningRate;
      sums.updates += 1;
    });
  }
  const klCoefficient = run.klCoefficient;
  if (prepared !== null && options.kl?.adaptive)
    run.klCoefficient = nextKlCoefficient(klCoefficient, prepared.kl, scored.rows.length, options.kl.adaptive);
  const { updates } = sums;
  return {
    values: {
      // a mean over the updates that were made: where all were skipped there is none
      ...(updates === 0 ? {} : { loss: sums.loss / updates, gradientNorm: sums.gradientNorm / updates }),
      learningRate: updates === 0 ? rates(0) : sums.learningRate / updates,
      updates,
      skippedUpdates: nonFinite.length,
      ...(options.kl?.adaptive ? { klCoefficient } : {}),
      ...metrics.take(),
    },
    nonFinite: options.onNonFinite === "stop" ? (nonFinite[0] ?? null) : null,
  };
}

/**
 * The learning rate of each update of an iteration. Where the schedule counts updates, those of an iteration are as many as its rollout makes when every
 * response has a score, so that what is left out shifts nothing.
 */
function learningRates(
  { optimizer, schedule, scheduleStep, ...options }: RlOptions,
  iteration: number,
): (update: number) => number {
  const { rollout, update } = options;
  const responses = rollout.prompts * rollout.samplesPerPrompt;
  const updates = scheduleStep === "iteration" ? 1 : update.epochs * Math.ceil(responses / (update.minibatch ?? responses));
  return (index) =>
    optimizer.learningRate *
    schedule.factor((iteration - 1) * updates + (updates === 1 ? 0 : Math.min(index, updates - 1)), options.iterations * updates);
}

/** The result of `work`; where it met something not finite, null, and what it was is noted. */
function caught<T>(nonFinite: string[], work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof NonFinite)) throw error;
    nonFinite.push(error.message);
    return null;
  }
}

/** What every minibatch of a rollout needs, on the host: rows as in the rollout. */
interface Prepared {
  readonly advantages: Float32Array; // [B, T]
  readonly refLogProbs: Float32Array; // [B, T]
  /** The critic's values at the rollout, and what they should have been; null without a critic. */
  readonly critic: { readonly values: Float32Array; readonly returns: Float32Array } | null; // [B, T] each
  /** Mean over responses of the mean KL per token, what an adaptive coefficient follows. */
  readonly kl: number;
}

function prepare(step: Step, run: RunState, reference: Parameters, rollout: Rollout, scored: Scored): Prepared {
  const { options, composer, metrics } = step;
  const { rows } = scored;
  if (rows.length === 0) throw new NonFinite("no response has a score");
  checkScores(scored, composer.source);
  const { tokens: T, mask, logProbs: oldLogProbs } = rollout;
  const word = wordOf(step, rollout);
  checkTokens("the sampling log-probability", oldLogProbs, mask, T, word);
  const refLogProbs = options.kl === null || options.kl.coefficient === 0 ? oldLogProbs : logProbsOf(step, reference, rollout);
  checkTokens("the reference log-probability", refLogProbs, mask, T, word);
  const values = options.critic === null ? null : valuesOf(step, run.trained.parameters, rollout);
  if (values !== null) checkTokens("the critic's value", values, mask, T, word);

  const made = tf.tidy(() => {
    const tensors = {
      mask: rowTensor(mask, T, rows),
      old: rowTensor(oldLogProbs, T, rows),
      ref: rowTensor(refLogProbs, T, rows),
    }; // [rows, T] each
    const kl =
      options.kl &&
      options.kl.coefficient > 0 &&
      klPenalty({ kl: options.kl.part, coefficient: 1 }, { logProbs: tensors.old, refLogProbs: tensors.ref, mask: tensors.mask }); // [rows, T]
    if (kl) metrics.share("kl", tf.sum(kl) as Scalar, tf.sum(tensors.mask) as Scalar);
    const batch = {
      scores: tf.tensor1d(rows.map((row) => scored.scores[row]!)), // [rows]
      groupIds: tf.tensor1d(
        rows.map((row) => rollout.groupIds[row]!),
        "int32",
      ), // [rows]
      mask: tensors.mask,
      klPenalty: kl && options.kl?.in === "reward" ? (tf.mul(kl, run.klCoefficient) as Tensor2D) : null, // [rows, T]
      values: values && rowTensor(values, T, rows), // [rows, T]
      tokenRewards: null,
    };
    const { advantages, returns } = advantageChain(options.advantage, batch, metrics);
    return {
      advantages: advantages.dataSync() as Float32Array,
      returns: returns.dataSync() as Float32Array,
      kl: kl ? meanOfRowMeans(kl.dataSync(), tensors.mask.dataSync(), T) : 0,
    };
  });
  const advantages = backInRollout(made.advantages, rows, rollout);
  checkTokens("the advantage", advantages, mask, T, word);
  const critic = values && { values, returns: backInRollout(made.returns, rows, rollout) };
  if (critic !== null) {
    checkTokens("the return", critic.returns, mask, T, word);
    const explained = explainedVariance(critic.values, critic.returns, mask);
    if (explained !== null) metrics.max("explainedVariance", explained);
  }
  return { advantages, refLogProbs, critic, kl: made.kl };
}

/** Rows of tokens at their places in the rollout; the rows that were dropped are 0. [rows, T] → [B, T] */
function backInRollout(values: Float32Array, rows: readonly number[], { tokens: T, mask }: Rollout): Float32Array {
  const all = new Float32Array(mask.length);
  rows.forEach((row, index) => all.set(values.subarray(index * T, (index + 1) * T), row * T));
  return all;
}

/** Mean over rows of the mean over each row's tokens; rows without tokens don't count. */
function meanOfRowMeans(values: ArrayLike<number>, mask: ArrayLike<number>, tokens: number): number {
  const rows = chunks([...Array.from(mask).keys()], tokens).map((row) => row.filter((index) => mask[index]! > 0));
  const means = rows.flatMap((row) =>
    row.length === 0 ? [] : [row.reduce((sum, index) => sum + values[index]!, 0) / row.length],
  );
  return means.reduce((sum, mean) => sum + mean, 0) / Math.max(1, means.length);
}

function wordOf({ context }: Step, { responseIds, tokens: T }: Rollout): (row: number, token: number) => string {
  return (row, token) => context.model.tokenizer.decode([responseIds[row * T + token]!]);
}

/** A formula may divide by 0 though every rule gave a number. */
function checkScores({ rows, scores, outcomes }: Scored, source: string): void {
  const row = rows.find((one) => !Number.isFinite(scores[one]));
  if (row !== undefined)
    throw new NonFinite(
      `the score of response ${row} is ${scores[row]}: ${source} of ${JSON.stringify(outcomesOf(outcomes, row))}`,
    );
}

/** Log-probabilities of a rollout's tokens under some parameters, on the host. [B, T] */
function logProbsOf({ context, options, functions }: Step, parameters: Parameters, rollout: Rollout): Float32Array {
  return ofEachToken(options, rollout, (rows) => {
    const prompts = context.model.prompts(askedBy(rollout, rows));
    return functions.logProbs(parameters, prompts, responseTensors(rollout, rows)); // [rows, T]
  });
}

/** The critic's values of the states before a rollout's tokens, on the host. [B, T] */
function valuesOf({ context, options, functions }: Step, parameters: Parameters, rollout: Rollout): Float32Array {
  return ofEachToken(options, rollout, (rows) => {
    const prompts = context.model.prompts(askedBy(rollout, rows));
    return functions.values(parameters, prompts, responseTensors(rollout, rows)); // [rows, T]
  });
}

/** What `compute` gives for each token of a rollout, part by part, on the host. [B, T] */
function ofEachToken({ update }: RlOptions, rollout: Rollout, compute: (rows: readonly number[]) => Tensor2D): Float32Array {
  const all = rollout.items.map((_, row) => row);
  const parts = chunks(all, update.microbatch ?? update.minibatch ?? all.length).map((rows) =>
    tf.tidy(() => compute(rows).dataSync() as Float32Array),
  );
  const joined = new Float32Array(rollout.mask.length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Throws `NonFinite` naming the token behind a loss that isn't finite, if it is one whose log-probability or ratio isn't. */
function nameNonFinite(step: Step, parameters: Parameters, rollout: Rollout, rows: readonly number[]): void {
  const { tokens: T, logProbs: oldLogProbs } = rollout;
  const word = wordOf(step, rollout);
  const mask = rollout.mask.map((value, index) => (rows.includes(Math.floor(index / T)) ? value : 0));
  const logProbs = logProbsOf(step, parameters, rollout);
  checkTokens("the policy's log-probability", logProbs, mask, T, word);
  const ratios = logProbs.map((value, index) => Math.exp(value - oldLogProbs[index]!));
  checkTokens("the importance ratio", ratios, mask, T, word);
}

function minibatches(options: RlOptions, rows: readonly number[], rollout: Rollout, random: RandomStream): number[][] {
  const { epochs, minibatch, shuffle } = options.update;
  const units = shuffle === "groups" ? groupsOf(rollout, rows) : rows.map((row) => [row]);
  return Array.from({ length: epochs }, () => chunks(random.shuffle(units).flat(), minibatch ?? rows.length)).flat();
}

/** What makes each micro-batch's tensors. Their losses add up to the loss of the whole minibatch, and so do their gradients. */
function microbatches(
  { context: { model }, options, functions }: Step,
  rollout: Rollout,
  { advantages, refLogProbs, critic, klCoefficient }: Prepared & { readonly klCoefficient: number },
  minibatch: readonly number[],
): (() => Microbatch)[] {
  const T = rollout.tokens;
  const masks = minibatch.map((row) => rollout.mask.subarray(row * T, (row + 1) * T)); // each [T]
  const totals = batchTotals(masks, options.rollout.maxNewTokens);
  const all = rollout.items.length;
  const size = Math.min(options.update.microbatch ?? options.update.minibatch ?? all, all);
  return chunks(minibatch, size).map((rows) => () => {
    // Where functions are compiled, rows without tokens fill a batch up to a number of rows that occurs often.
    const filled = [...rows, ...Array<number>(functions.rowsFor(rows.length, size) - rows.length).fill(rows.at(-1)!)];
    return {
      prompts: model.prompts(askedBy(rollout, filled)),
      responses: responseTensors(rollout, filled, rows.length),
      oldLogProbs: rowTensor(rollout.logProbs, T, filled), // [rows, T]
      refLogProbs: rowTensor(refLogProbs, T, filled), // [rows, T]
      advantages: rowTensor(advantages, T, filled), // [rows, T]
      critic: critic && {
        oldValues: rowTensor(critic.values, T, filled), // [rows, T]
        returns: rowTensor(critic.returns, T, filled), // [rows, T]
      },
      totals: {
        ...totals,
        tokens: functions.number(totals.tokens),
        sequences: functions.number(totals.sequences),
        nonEmptySequences: functions.number(totals.nonEmptySequences),
      },
      klCoefficient: functions.number(klCoefficient),
      share: functions.number(rows.length / minibatch.length),
    };
  });
}

function chunks<T>(values: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, index) => values.slice(index * size, (index + 1) * size));
}

// ---------------------------------------------------------------- what is written down

/** What the policy did, the same whatever the sampler then made of it. */
function summary({ rollout, scored }: Sampled) {
  return {
    ...scoreStatistics(scored.rows.map((row) => scored.plain[row]!)),
    rules: ruleMeans(scored.outcomes),
    invalid: scored.invalid,
    responseTokens: rollout.lengths.reduce((a, b) => a + b, 0) / rollout.items.length,
  };
}

/** The mean score of what trains, after the sampler. */
function trainedScore({ rows, scores }: Scored): { trainedScore?: number } {
  const { score: mean } = scoreStatistics(rows.map((row) => scores[row]!));
  return mean === undefined ? {} : { trainedScore: mean };
}

/** Without a single score there is no mean either: it is left out, never 0. */
function scoreStatistics(scores: readonly number[]): { score?: number; scoreDeviation?: number } {
  if (scores.length === 0) return {};
  const mean = scores.reduce((a, b) => a + b, 0) / scores.length;
  return { score: mean, scoreDeviation: Math.sqrt(scores.reduce((a, b) => a + (b - mean) ** 2, 0) / scores.length) };
}

/** The first response to each of the first prompts. */
function samplesOf({ context, options, iteration }: Step, rollout: Rollout, scored: Scored) {
  const kept = Math.min(options.samplesKept, options.rollout.prompts);
  return Array.from({ length: kept }, (_, prompt) => {
    const row = prompt * options.rollout.samplesPerPrompt;
    const given = scored.plain[row]!;
    const sample = responseSample(rollout.items[row]!, rollout.texts[row]!, outcomesOf(scored.outcomes, row), context.folder);
    const guards = scored.masked[row] ? { leftOut: "cut off" } : {};
    return { stage: context.name, iteration, ...sample, score: Number.isNaN(given) ? null : given, ...guards };
  });
}

function shown({ score: mean }: { score?: number }, scored: Sampled["scored"]): Record<string, number> {
  return { ...(mean === undefined ? {} : { score: mean }), ...ruleMeans(scored.outcomes) };
}
