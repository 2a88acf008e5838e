import { randomStream } from "@rewardlab/core";
import type { Generated, Model, Parameters } from "@rewardlab/core";
import { repeated } from "@rewardlab/models/layers";
import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { logProbsOf } from "./decoder.ts";
import type { Sequences } from "./decoder.ts";
import { startEngineIn } from "./engine-mode.ts";
import type { Mode, StartedEngine } from "./engine-mode.ts";
import { rowsOf } from "./inputs.ts";
import type { Assignment, Message } from "./messages.ts";
import { configNamed, training } from "./sizes.ts";
import type { BatchSizes, Config } from "./sizes.ts";
import { writeTensors } from "./tensor-file.ts";
import { evenShare, benchmarkPlugin, tensorsOf } from "./text-decoder.ts";
import { gradientsOf, startOptimizer, updateStep } from "./update.ts";
import type { Trained, UpdateBatch } from "./update.ts";

export interface Runner {
  tell(message: Message): void;
  waitForGo(): boolean;
}

/**
 * The tasks with our layers on an engine, without the trainer: contenders `wasm`, `tensorflow eager`, `tensorflow graph`, `tensorflow xla`.
 */
export async function runHand(assignment: Assignment, runner: Runner): Promise<void> {
  const [name, mode = "eager"] = assignment.contender.split(" ") as [string, Mode?];
  const engine = await startEngineIn(name, mode);
  const config = configNamed(assignment.config);
  const work = { update, generation, iteration, load }[assignment.task](assignment, config, engine);
  runner.tell({ type: "ready", detail: engine.detail });
  while (runner.waitForGo()) {
    const began = performance.now();
    const parts = await work();
    runner.tell({ type: "done", ms: performance.now() - began, ...(parts === undefined ? {} : { parts }) });
  }
}

type Work = () => Promise<Record<string, number> | undefined>;

function update(assignment: Assignment, config: Config, engine: StartedEngine): Work {
  const parameters = tensorsOf(assignment.weights);
  const {
    ids,
    images = null,
    advantages,
    oldNoise,
    refNoise,
  } = tensorsOf(assignment.inputs) as unknown as {
    ids: Tensor2D;
    images?: Tensor4D;
    advantages: Tensor1D;
    oldNoise: Tensor2D;
    refNoise: Tensor2D;
  };
  const T = config.update.responseTokens;
  const logProbs = tf.tidy(() => logProbsOf(parameters, { ids, images }, T, config.decoder)); // [B, T]
  const batch: UpdateBatch = {
    ids,
    images,
    advantages,
    oldLogProbs: tf.add(logProbs, oldNoise),
    refLogProbs: tf.add(logProbs, refNoise),
  };
  writeCheck(assignment, logProbs, parameters, batch, config, engine);
  const step = updater(engine, config);
  let trained: Trained = { parameters, state: startOptimizer(parameters) };
  let steps = 0;
  return async () => {
    trained = step(trained, batch, ++steps);
    return undefined;
  };
}

/** The update step as the engine runs it: frees what it replaces, and waits for the result. */
function updater(engine: StartedEngine, { decoder }: Config): (trained: Trained, batch: UpdateBatch, step: number) => Trained {
  const compiled = engine.compile((trained: Trained, batch: UpdateBatch, learningRate: number | Scalar, step: number | Scalar) =>
    updateStep(trained, batch, decoder, learningRate, step),
  );
  const number = (value: number) => (engine.mode === "eager" ? value : tf.scalar(value)); // []
  return (before, batch, step) => {
    const { loss, ...after } = tf.tidy(
      () => compiled(before, batch, number(training.learningRate), number(step)) as never,
    ) as unknown as Trained & { loss: Scalar };
    const value = loss.dataSync()[0]!; // waits for all of it
    if (!Number.isFinite(value)) throw new Error(`benchmarks: the loss is ${value}`);
    loss.dispose();
    tf.dispose(before as never);
    return after;
  };
}

/** What the forward pass and the gradients are, compiled as the update will be. */
function writeCheck(
  assignment: Assignment,
  logProbs: Tensor2D,
  parameters: Parameters,
  batch: UpdateBatch,
  { decoder }: Config,
  engine: StartedEngine,
): void {
  const plain = (x: tf.Tensor) => ({ shape: x.shape, values: x.dataSync() as Float32Array });
  const { loss, gradients } = engine.compile((weights: Parameters, given: UpdateBatch) => gradientsOf(weights, given, decoder))(parameters, batch); // prettier-ignore
  const named = Object.entries(gradients).map(([name, gradient]) => [`gradient ${name}`, plain(gradient)]);
  writeTensors(assignment.check, { logProbs: plain(logProbs), loss: plain(loss), ...Object.fromEntries(named) });
  tf.dispose([loss, gradients] as never);
}

function generation(assignment: Assignment, config: Config, engine: StartedEngine): Work {
  const parameters = tensorsOf(assignment.weights);
  const prompts = promptsOf(assignment);
  const generate = generating(assignment, config, engine);
  let round = 0;
  return async () => {
    await generate(parameters, prompts, round++);
    return undefined;
  };
}

/** As our models do it. */
function generating(assignment: Assignment, { rollout, decoder }: Config, engine: StartedEngine) {
  const textDecoder = benchmarkPlugin.components!.find(({ name }) => name === "text-decoder")!;
  const model = textDecoder.create({ ...decoder, weights: assignment.weights } as never, { compiler: engine } as never) as Model;
  return async (parameters: Parameters, { ids, images }: Sequences, round: number): Promise<Generated> => {
    const prompts = {
      images: images ?? (tf.zeros([ids.shape[0], 1, 1, 3]) as Tensor4D),
      promptIds: ids,
      promptMask: tf.ones(ids.shape) as Tensor2D,
    };
    const { samplesPerPrompt, responseTokens } = rollout;
    const random = randomStream(round, "benchmarks/generation");
    const made = await model.generate(parameters, prompts, {
      samplesPerPrompt,
      temperature: 1,
      maxNewTokens: responseTokens,
      random,
    });
    tf.dispose(images === null ? [prompts.images, prompts.promptMask] : prompts.promptMask);
    return made;
  };
}

/** Rollout, rewards, advantages within the group, log-probabilities of the reference, update. Those of the policy come with the sampling. */
function iteration(assignment: Assignment, config: Config, engine: StartedEngine): Work {
  const { rollout, decoder } = config;
  const reference = tensorsOf(assignment.weights);
  const parameters = tensorsOf(assignment.weights);
  const prompts = promptsOf(assignment);
  const T = rollout.responseTokens;
  const generate = generating(assignment, config, engine);
  const referenceLogProbs = engine.compile((weights: Parameters, read: Sequences) => logProbsOf(weights, read, T, decoder)); // [B, T]
  const step = updater(engine, config);
  let trained: Trained = { parameters, state: startOptimizer(parameters) };
  let steps = 0;
  return async () => {
    const marks = [performance.now()];
    const mark = () => marks.push(performance.now());
    const { responseIds, logProbs } = await generate(trained.parameters, prompts, steps);
    mark();
    const rows = rowsOf(rollout);
    const scores = Array.from({ length: rows }, (_, row) => evenShare(responseIds.subarray(row * T, (row + 1) * T)));
    const batch = tf.tidy(() => {
      const samples = rollout.samplesPerPrompt;
      const ids = tf.concat([repeated(prompts.ids, samples), tf.tensor2d(responseIds, [rows, T], "int32")], 1); // [B, S + T]
      const images = prompts.images && repeated(prompts.images, samples); // [B, H, W, 3]
      return {
        ids,
        images,
        oldLogProbs: tf.tensor2d(logProbs, [rows, T]), // [B, T]
        refLogProbs: referenceLogProbs(reference, { ids, images }), // [B, T]
        advantages: tf.tensor1d(groupAdvantages(scores, rollout)), // [B]
      } as never;
    }) as UpdateBatch;
    batch.refLogProbs.dataSync(); // waits for it, so that the parts' times are their own
    mark();
    trained = step(trained, batch, ++steps);
    tf.dispose(batch as never);
    mark();
    const [start, generated, scored, updated] = marks as [number, number, number, number];
    return { generation: generated - start, reference: scored - generated, update: updated - scored };
  };
}

function load(): never {
  throw new Error("benchmarks: only folders of real models are loaded");
}

/** Those of the rollout. */
function promptsOf({ inputs }: Assignment): Sequences {
  const { prompts, promptImages = null } = tensorsOf(inputs) as unknown as { prompts: Tensor2D; promptImages?: Tensor4D };
  return { ids: prompts, images: promptImages }; // [P, S], [P, H, W, 3]
}

/** (score − mean) / (σ + 10⁻⁴) over the responses to a prompt. [B] */
export function groupAdvantages(scores: readonly number[], { samplesPerPrompt: G }: BatchSizes): number[] {
  return scores.map((score, row) => {
    const group = scores.slice(row - (row % G), row - (row % G) + G);
    const mean = group.reduce((a, b) => a + b, 0) / G;
    const deviation = Math.sqrt(group.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, G - 1));
    return (score - mean) / (deviation + 1e-4);
  });
}
