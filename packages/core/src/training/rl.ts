import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import { join } from "node:path";
import { stage } from "../component.ts";
import { RunError } from "../errors.ts";
import type { Invalid, Model, Parameters, PreferenceItem } from "../kinds.ts";
import type { RandomStream } from "../random.ts";
import { advantageChain, batchTotals, klPenalty, policyLoss } from "../policy-loss.ts";
import { responseSample } from "../run/samples.ts";
import { loadCheckpoint, saveCheckpoint } from "../run/checkpoint.ts";
import { JsonLines } from "../run/files.ts";
import { Metrics, Progress, Random } from "../services.ts";
import { Interrupted } from "../stage.ts";
import type { StageContext, StageOutcome } from "../stage.ts";
import { cursorAtStart, nextIndices } from "./cursor.ts";
import type { Cursor } from "./cursor.ts";
import { collapseWatch } from "./collapse.ts";
import type { CollapseWatch } from "./collapse.ts";
import { scoreComposer } from "./compose.ts";
import type { ScoreComposer } from "./compose.ts";
import type { MetricsCollector } from "./metrics.ts";
import { checkTokens, NonFinite } from "./non-finite.ts";
import type { RandomStreams, SavedStreams } from "./random-streams.ts";
import { rlChecks, rlOptions } from "./rl-options.ts";
import type { RlOptions } from "./rl-options.ts";
import { askedBy, collectRollout, groupsOf, responseTensors, rowTensor } from "./rollout.ts";
import type { Rollout } from "./rollout.ts";
import { applyRules, isInvalid, outcomesOf, ruleMeans } from "./score.ts";
import type { RuleOutcomes } from "./score.ts";
import { accumulateGradients, copyOf, disposeTrained, optimizerStep, startTraining } from "./update.ts";
import type { Trained } from "./update.ts";

/**
 * The trainer. One iteration, from top to bottom:
 *
 *     prompts → rollout → scores → KL → advantages → ratio → surrogate → aggregate → gradient → optimizer
 *
 * Which component does each step is the experiment's choice; nothing here knows an algorithm.
 */
export const rlStage = stage({
  name: "rl",
  summary: "reinforcement learning from rule rewards",
  keeps: "run",
  presetFrom: "algorithm",
  options: rlOptions,
  checks: rlChecks,
  inject: { metrics: Metrics, progress: Progress, random: Random },
  create: (options, { metrics, progress, random }) => ({
    run: (context) =>
      train(context, options, { metrics: metrics as MetricsCollector, progress, random: random as RandomStreams }),
  }),
});

async function train(
  context: StageContext,
  options: RlOptions,
  { metrics, progress, random }: { metrics: MetricsCollector; progress: Progress; random: RandomStreams },
): Promise<StageOutcome> {
  const { model, policy: reference } = context;
  const items = await context.data.load("train");
  const run = resume(context, options, random);
  const composer = scoreComposer(Object.keys(options.reward.rules), options.reward);
  try {
    for (let iteration = run.iteration + 1; iteration <= options.iterations; iteration++) {
      if (context.signal.aborted) {
        await save(context, run);
        throw new Interrupted(`stopped before iteration ${iteration}`);
      }
      const step: Step = { context, options, composer, metrics, iteration };
      const prompts = nextPrompts(step, run, items);
      const rollout = await collectRollout(model, run.trained.parameters, prompts, options.rollout, run.random.stream("rollout"));
      const scored = await score(step, rollout);
      const { values, nonFinite } = await updatePolicy(step, run, reference, rollout, scored);

      const line = { iteration, ...summary(rollout, scored), ...values };
      run.metrics.append(line);
      for (const sample of samplesOf(step, rollout, scored)) run.samples.append(sample);
      run.iteration = iteration;
      progress.update(context.name, iteration, options.iterations, shown(line, scored));

      const reason = nonFinite ?? (line.score === undefined ? null : run.collapse.see(line.score));
      if (reason !== null) {
        // No checkpoint: killed before the artefact is written, the run repeats these iterations and ends here again.
        run.metrics.sync();
        run.samples.sync();
        return { status: "collapsed", reason: `iteration ${iteration}: ${reason}`, parameters: copyOf(run.trained.parameters) };
      }
      if (iteration % options.checkpointEvery === 0 || iteration === options.iterations) await save(context, run);
    }
    return { status: "done", parameters: copyOf(run.trained.parameters) };
  } finally {
    disposeTrained(run.trained);
    run.metrics.close();
    run.samples.close();
  }
}

// ---------------------------------------------------------------- state: what a checkpoint holds

interface RunState {
  iteration: number;
  trained: Trained;
  cursor: Cursor;
  readonly random: RandomStreams;
  readonly collapse: CollapseWatch;
  readonly metrics: JsonLines;
  readonly samples: JsonLines;
}

interface SavedState {
  readonly steps: number;
  readonly cursor: Cursor;
  readonly random: SavedStreams;
  readonly collapse: readonly number[];
  readonly metricsBytes: number;
  readonly samplesBytes: number;
}

function resume(context: StageContext, options: RlOptions, random: RandomStreams): RunState {
  const saved = loadCheckpoint<SavedState>(context.folder);
  if (saved) random.restore(saved.state.random);
  return {
    iteration: saved?.step ?? 0,
    trained: saved
      ? { parameters: saved.tensors.model!, optimizerState: saved.tensors.optimizer!, steps: saved.state.steps }
      : startTraining(context.policy, options.optimizer),
    cursor: saved?.state.cursor ?? cursorAtStart,
    random,
    collapse: collapseWatch(options.collapse, saved?.state.collapse ?? []),
    metrics: new JsonLines(join(context.folder, "metrics.jsonl"), saved?.state.metricsBytes ?? 0),
    samples: new JsonLines(join(context.folder, "samples.jsonl"), saved?.state.samplesBytes ?? 0),
  };
}

async function save(context: StageContext, run: RunState): Promise<void> {
  if (run.iteration === 0) return;
  run.metrics.sync();
  run.samples.sync();
  const state: SavedState = {
    steps: run.trained.steps,
    cursor: run.cursor,
    random: run.random.save(),
    collapse: run.collapse.scores,
    metricsBytes: run.metrics.length,
    samplesBytes: run.samples.length,
  };
  await saveCheckpoint(context.folder, {
    step: run.iteration,
    tensors: { model: run.trained.parameters, optimizer: run.trained.optimizerState },
    state,
  });
}

// ---------------------------------------------------------------- prompts, scores

interface Step {
  readonly context: StageContext;
  readonly options: RlOptions;
  readonly composer: ScoreComposer;
  readonly metrics: MetricsCollector;
  readonly iteration: number;
}

function nextPrompts({ context, options }: Step, run: RunState, items: readonly PreferenceItem[]): PreferenceItem[] {
  const next = nextIndices(`${context.seed}/prompts`, items.length, options.rollout.prompts, run.cursor);
  run.cursor = next.cursor;
  return next.indices.map((index) => items[index]!);
}

interface Scored {
  readonly outcomes: RuleOutcomes;
  /** Score of each response, as it trains; NaN where a rule could not tell. */
  readonly scores: Float32Array; // [B]
  /** The same of the outcomes before any normalisation: what is written down. */
  readonly plain: Float32Array; // [B]
  /** Rows that train: those with a score, and, as `onInvalid` says, whose whole group has one. */
  readonly rows: readonly number[];
  readonly invalid: number;
}

async function score({ options, composer, iteration }: Step, rollout: Rollout): Promise<Scored> {
  const { rules, onInvalid } = options.reward;
  const outcomes = await applyRules(rules, { responses: rollout.texts, items: rollout.items });
  const { scores: results, plain } = composer.compose(outcomes, rollout.groupIds);
  const invalid = results.flatMap((result, row) => (isInvalid(result) ? [row] : []));
  if (invalid.length > 0 && onInvalid === "abort") {
    const [row] = invalid as [number];
    throw new RunError(
      "RL_REWARD_INVALID",
      `iteration ${iteration}, response ${row}: no score: ${(results[row] as { invalid: string }).invalid} (onInvalid: abort)`,
    );
  }
  const dropped = new Set(onInvalid === "drop-group" ? invalid.map((row) => rollout.groupIds[row]) : []);
  const rows = results.flatMap((result, row) => (isInvalid(result) || dropped.has(rollout.groupIds[row]) ? [] : [row]));
  return {
    outcomes,
    scores: orNaN(results),
    plain: orNaN(plain),
    rows,
    invalid: invalid.length,
  };
}

function orNaN(results: readonly (number | Invalid)[]): Float32Array {
  return Float32Array.from(results, (result) => (isInvalid(result) ? NaN : result)); // [B]
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
  const { context, options, metrics, iteration } = step;
  const { optimizer, gradientClip } = options;
  const learningRate = optimizer.learningRate * options.schedule.factor(iteration - 1, options.iterations);
  const sums = { loss: 0, gradientNorm: 0, updates: 0 };
  const nonFinite: string[] = [];

  const prepared = caught(nonFinite, () => prepare(step, reference, rollout, scored));
  for (const rows of prepared === null ? [] : minibatches(options, scored.rows, rollout, run.random.stream("minibatches"))) {
    if (nonFinite.length > 0 && options.onNonFinite === "stop") break;
    caught(nonFinite, () => {
      const gradients = accumulateGradients(
        run.trained.parameters,
        microbatchLosses(context.model, options, rollout, prepared!, rows),
      );
      if (!Number.isFinite(gradients.loss)) {
        tf.dispose(gradients.gradients as never);
        nameNonFinite(step, run.trained.parameters, rollout, rows);
      }
      const { trained, gradientNorm } = optimizerStep(run.trained, gradients, { optimizer, learningRate, gradientClip });
      run.trained = trained;
      sums.loss += gradients.loss;
      sums.gradientNorm += gradientNorm;
      sums.updates += 1;
    });
  }
  const updates = Math.max(1, sums.updates);
  return {
    values: {
      loss: sums.loss / updates,
      gradientNorm: sums.gradientNorm / updates,
      learningRate,
      skippedUpdates: nonFinite.length,
      ...metrics.take(),
    },
    nonFinite: options.onNonFinite === "stop" ? (nonFinite[0] ?? null) : null,
  };
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
}

function prepare(step: Step, reference: Parameters, rollout: Rollout, scored: Scored): Prepared {
  const { options, composer, metrics } = step;
  const { rows } = scored;
  if (rows.length === 0) throw new NonFinite("no response has a score");
  checkScores(scored, composer.source);
  const { tokens: T, mask, logProbs: oldLogProbs } = rollout;
  const word = wordOf(step, rollout);
  checkTokens("the sampling log-probability", oldLogProbs, mask, T, word);
  const refLogProbs = options.kl === null || options.kl.coefficient === 0 ? oldLogProbs : logProbsOf(step, reference, rollout);
  checkTokens("the reference log-probability", refLogProbs, mask, T, word);

  const advantages = new Float32Array(mask.length); // rows that were dropped stay 0
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
    const chain = advantageChain(options.advantage, {
      scores: tf.tensor1d(rows.map((row) => scored.scores[row]!)), // [rows]
      groupIds: tf.tensor1d(
        rows.map((row) => rollout.groupIds[row]!),
        "int32",
      ), // [rows]
      mask: tensors.mask,
      klPenalty: kl && options.kl?.in === "reward" ? (tf.mul(kl, options.kl.coefficient) as Tensor2D) : null, // [rows, T]
      tokenRewards: null,
    });
    return chain.advantages.dataSync() as Float32Array;
  });
  rows.forEach((row, index) => advantages.set(made.subarray(index * T, (index + 1) * T), row * T));
  checkTokens("the advantage", advantages, mask, T, word);
  return { advantages, refLogProbs };
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
function logProbsOf({ context, options }: Step, parameters: Parameters, rollout: Rollout): Float32Array {
  const { model } = context;
  const all = rollout.items.map((_, row) => row);
  const parts = chunks(all, options.update.microbatch ?? options.update.minibatch ?? all.length).map((rows) =>
    tf.tidy(() => {
      const prompts = model.prompts(askedBy(rollout, rows));
      return model
        .logProbs(parameters, prompts, responseTensors(rollout, rows), options.rollout.temperature)
        .dataSync() as Float32Array;
    }),
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

/** The loss of each micro-batch as a pure function of the parameters. They add up to the loss of the whole minibatch, and so do their gradients. */
function microbatchLosses(
  model: Model,
  options: RlOptions,
  rollout: Rollout,
  { advantages, refLogProbs }: Prepared,
  minibatch: readonly number[],
) {
  const T = rollout.tokens;
  const totals = batchTotals(minibatch.map((row) => rollout.mask.subarray(row * T, (row + 1) * T)));
  const klTerm = options.kl?.in === "loss" ? { kl: options.kl.part, coefficient: options.kl.coefficient } : null;
  return chunks(minibatch, options.update.microbatch ?? minibatch.length).map((rows) => (parameters: Parameters): Scalar => {
    const responses = responseTensors(rollout, rows);
    const logProbs = model.logProbs(parameters, model.prompts(askedBy(rollout, rows)), responses, options.rollout.temperature); // [rows, T]
    const batch = {
      logProbs,
      oldLogProbs: rowTensor(rollout.logProbs, T, rows), // [rows, T]
      refLogProbs: rowTensor(refLogProbs, T, rows), // [rows, T]
      advantages: rowTensor(advantages, T, rows), // [rows, T]
      mask: responses.mask,
    };
    return policyLoss({ ...options.loss, klTerm }, batch, totals).loss; // []
  });
}

function chunks<T>(values: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, index) => values.slice(index * size, (index + 1) * size));
}

// ---------------------------------------------------------------- what is written down

function summary(rollout: Rollout, scored: Scored) {
  return {
    ...scoreStatistics(scored.rows.map((row) => scored.plain[row]!)),
    rules: ruleMeans(scored.outcomes),
    invalid: scored.invalid,
    responseTokens: rollout.mask.reduce((a, b) => a + b, 0) / rollout.items.length,
  };
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
    return { stage: context.name, iteration, ...sample, score: Number.isNaN(given) ? null : given };
  });
}

function shown({ score: mean }: { score?: number }, scored: Scored): Record<string, number> {
  return { ...(mean === undefined ? {} : { score: mean }), ...ruleMeans(scored.outcomes) };
}
