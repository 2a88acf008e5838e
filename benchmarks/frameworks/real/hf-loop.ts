import { randomStream } from "@rewardlab/core";
import type { Conversation, Model, Parameters, ResponseBatch } from "@rewardlab/core";
import models from "@rewardlab/models";
import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { join } from "node:path";
import { startEngineIn } from "../engine-mode.ts";
import type { Mode, StartedEngine } from "../engine-mode.ts";
import type { Runner } from "../hand-loop.ts";
import { rowsOf } from "../inputs.ts";
import type { Assignment } from "../messages.ts";
import { configNamed, training } from "../sizes.ts";
import type { Config } from "../sizes.ts";
import { writeTensors } from "../tensor-file.ts";
import { tensorsOf } from "../text-decoder.ts";
import { optimizer, surrogateOf } from "../update.ts";
import { promptsIn } from "./real-inputs.ts";

/** Our model of a Hugging Face folder, LoRA's adapters in it, without the trainer: contenders `hf tensorflow`, `hf tensorflow xla`. */
export async function runHf(assignment: Assignment, runner: Runner): Promise<void> {
  const [, name, mode = "graph"] = assignment.contender.split(" ") as [string, string, Mode?];
  const engine = await startEngineIn(name, mode);
  const config = configNamed(assignment.config);
  const work = await { update, generation, load, iteration: nothing }[assignment.task](assignment, config, engine);
  runner.tell({ type: "ready", detail: engine.detail });
  while (runner.waitForGo()) {
    const began = performance.now();
    await work();
    runner.tell({ type: "done", ms: performance.now() - began });
  }
}

type Work = () => Promise<void>;
const nothing = (): never => {
  throw new Error("benchmarks: whole iterations are the trainer's");
};

function modelOf({ weights, scratch }: Assignment, engine: StartedEngine): Model {
  const hf = models.components!.find(({ kind, name }) => kind === "model" && name === "hf")!;
  const options = hf.options.parse({ path: weights, lora: { from: join(weights, "adapter") } });
  return hf.create(options as never, { compiler: engine, files: { folder: scratch } } as never) as Model;
}

const stream = (name: string) => randomStream(1, `benchmarks/${name}`);

async function update(assignment: Assignment, config: Config, engine: StartedEngine): Promise<Work> {
  const model = modelOf(assignment, engine);
  const all = await model.load!(stream("load"));
  const frozen = Object.fromEntries(Object.entries(all).filter(([name]) => !model.trains!(name)));
  let parameters: Parameters = Object.fromEntries(Object.entries(all).filter(([name]) => model.trains!(name)));
  let state = optimizer.initialState(parameters);
  const { ids, advantages, oldNoise, refNoise } = tensorsOf(assignment.inputs) as unknown as Record<
    "ids" | "oldNoise" | "refNoise",
    Tensor2D
  > & { advantages: Tensor1D };
  const { promptTokens: S, responseTokens: T } = config.update;
  const rows = rowsOf(config.update);
  const { logProbs: logProbsOf } = talking(model); // of all tokens, as the peers count them: the trainer's leaves out those that are never generated
  const prompts = promptsOf(model, assignment, config, "update");
  const responses = { responseIds: tf.slice(ids, [0, S], [rows, T]), mask: tf.ones([rows, T]) as Tensor2D };
  const logProbs = engine.compile((given: Parameters, read: unknown, answers: ResponseBatch) =>
    logProbsOf(given, read as never, answers, 1),
  )({ ...frozen, ...parameters }, prompts, responses); // [B, T]
  const batch = { advantages, oldLogProbs: tf.add(logProbs, oldNoise), refLogProbs: tf.add(logProbs, refNoise) };

  const gradients = (trained: Parameters, still: Parameters, read: unknown, answers: ResponseBatch, given: typeof batch) => {
    const names = Object.keys(trained);
    const { value, grads } = tf.valueAndGrads((...tensors: Tensor[]) => {
      const own = Object.fromEntries(names.map((name, index) => [name, tensors[index]!]));
      return surrogateOf(logProbsOf({ ...still, ...own }, read as never, answers, 1) as Tensor2D, given as never);
    })(Object.values(trained));
    return { loss: value, gradients: Object.fromEntries(names.map((name, index) => [name, grads[index]!])) };
  };
  const first = engine.compile(gradients)(parameters, frozen, prompts, responses, batch as never);
  const plain = (x: Tensor) => ({ shape: x.shape, values: x.dataSync() as Float32Array });
  const named = Object.entries(first.gradients).map(([name, gradient]) => [`gradient ${name}`, plain(gradient)]);
  writeTensors(assignment.check, { logProbs: plain(logProbs), loss: plain(first.loss), ...Object.fromEntries(named) });
  tf.dispose([first, logProbs] as never);

  const step = engine.compile(
    (trained: Parameters, before: Parameters, still: Parameters, read: unknown, answers: ResponseBatch, given: typeof batch, rate: number | Scalar, count: number | Scalar) =>
      tf.tidy(() => {
        const { loss, gradients: own } = gradients(trained, still, read, answers, given);
        const squares = Object.values(own).map((gradient) => tf.sum(tf.square(gradient))); // [] each
        const factor = tf.minimum(1, tf.div(training.gradientClip, tf.add(tf.sqrt(tf.addN(squares)), 1e-6))); // []
        const clipped = Object.fromEntries(Object.entries(own).map(([name, gradient]) => [name, tf.mul(gradient, factor)]));
        return { ...optimizer.step(trained, clipped, before, rate, count), loss } as never;
      }) as unknown as { parameters: Parameters; state: Parameters; loss: Scalar },
  ); // prettier-ignore
  const number = (value: number) => (engine.mode === "eager" ? value : tf.scalar(value)); // []
  let steps = 0;
  return async () => {
    const [rate, count] = [number(training.learningRate), number(++steps)];
    const { loss, ...after } = step(parameters, state, frozen, prompts, responses, batch as never, rate, count);
    const [value] = loss.dataSync(); // waits for all of it
    if (!Number.isFinite(value)) throw new Error(`benchmarks: the loss is ${value}`);
    tf.dispose([parameters, state, loss, rate, count] as never);
    ({ parameters, state } = after);
  };
}

async function generation(assignment: Assignment, config: Config, engine: StartedEngine): Promise<Work> {
  const model = modelOf(assignment, engine);
  const parameters = await model.load!(stream("load"));
  const { samplesPerPrompt, responseTokens: maxNewTokens } = config.rollout;
  const random = stream("generation");
  return async () => {
    const prompts = promptsOf(model, assignment, config, "rollout");
    await model.generate(parameters, prompts as never, { samplesPerPrompt, temperature: 1, maxNewTokens, random });
    tf.dispose(prompts as never);
  };
}

/** A folder's weights into the engine, as a run begins: with the checks of names and shapes, without the hash. */
async function load(assignment: Assignment, _config: Config, engine: StartedEngine): Promise<Work> {
  return async () => {
    const parameters = await modelOf(assignment, engine).load!(stream("load"));
    tf.tidy(() => tf.addN(Object.values(parameters).map((x) => tf.sum(tf.slice(tf.reshape(x, [-1]), 0, 1)))).dataSync()); // all are there
    tf.dispose(parameters as never);
  };
}

const talking = ({ conversations }: Model): NonNullable<Model["conversations"]> => conversations!;

function promptsOf(model: Model, { inputs }: Assignment, config: Config, which: "update" | "rollout"): unknown {
  const { promptTokens } = config[which];
  const asked = promptsIn(inputs, which, config).map(({ question, pictures }, row): Conversation => ({
    messages: [
      { role: "user", content: [...pictures.map(() => ({ type: "image" }) as const), { type: "text", text: question }] },
    ],
    pictures,
    where: `row ${row}`,
  })); // prettier-ignore
  const conversations = talking(model);
  const wrong = conversations.promptIds(asked).find((ids) => ids.length !== promptTokens);
  if (wrong !== undefined) throw new Error(`benchmarks: a prompt has ${wrong.length} tokens, expected ${promptTokens}`);
  return conversations.prompts(asked);
}
