// tiny-vlm on libtensorflow: every op that its training and its generation use, and the whole of them, compiled against op by op.

import * as tf from "@tensorflow/tfjs-core";
import type { NamedAttrMap, NamedTensorMap, Scalar, Tensor } from "@tensorflow/tfjs-core";
import { randomStream } from "@rewardlab/core";
import { standardComponents } from "@rewardlab/core/host";
import type { Compiler, Generated, Model, Optimizer, Parameters, ResponseBatch } from "@rewardlab/core";
import { compileFunction, startTensorflowBackend, useKernels } from "@rewardlab/engines";
import type { CompileMode } from "@rewardlab/engines";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { PromptBatch } from "./prompts.ts";
import { tinyVlm } from "./tiny-vlm.ts";

const there = (await startTensorflowBackend()) !== null;
function check(title: string, body: () => void | Promise<void>): void {
  if (there) test(`tiny-vlm compiled: ${title}`, body);
  else
    test.skip(`tiny-vlm compiled: ${title} (libtensorflow is not installed: npx rewardlab engines install tensorflow)`, () => {});
}

const uncompiled: Compiler = { compiles: false, compile: (fn) => fn };
const compilerOf = (mode: CompileMode): Compiler => ({ compiles: true, compile: (fn) => compileFunction(fn, mode) });
const small = { width: 16, layers: 2, heads: 4, kvHeads: 2, hiddenSize: 16 };
const modelWith = (compiler: Compiler) => tinyVlm.create(tinyVlm.options.parse(small) as never, { compiler } as never) as Model;
const adamw = standardComponents.find(({ kind, name }) => kind === "optimizer" && name === "adamw")!;
const optimizer = adamw.create(adamw.options.parse({ learningRate: 1e-2, weightDecay: 0.1 }) as never, {} as never) as Optimizer;

const batch = (): { prompts: PromptBatch; responses: ResponseBatch } => ({
  prompts: {
    images: tf.randomUniform([2, 36, 36, 3], 0, 1, "float32", 1) as tf.Tensor4D,
    promptIds: tf.cast(tf.randomUniform([2, 16], 0, 80, "float32", 2), "int32") as tf.Tensor2D,
    promptMask: tf.cast(tf.greater(tf.randomUniform([2, 16], 0, 1, "float32", 3), 0.2), "float32") as tf.Tensor2D,
  },
  responses: {
    responseIds: tf.cast(tf.randomUniform([4, 8], 0, 80, "float32", 4), "int32") as tf.Tensor2D,
    mask: tf.cast(tf.greater(tf.randomUniform([4, 8], 0, 1, "float32", 5), 0.3), "float32") as tf.Tensor2D,
  },
});

/** A step of training: loss, gradients, AdamW. */
function trainingStep(
  model: Model,
  theta: Parameters,
  state: Parameters,
  given: ReturnType<typeof batch>,
  steps: number | Scalar,
) {
  const names = Object.keys(theta);
  const { value, grads } = tf.valueAndGrads((...xs: Tensor[]) => {
    const differentiated = Object.fromEntries(names.map((name, index) => [name, xs[index]!]));
    return tf.neg(tf.mean(model.logProbs(differentiated, given.prompts, given.responses, 0.7))) as Scalar;
  })(Object.values(theta));
  const gradients = Object.fromEntries(names.map((name, index) => [name, grads[index]!]));
  const rate = typeof steps === "number" ? 1e-2 : tf.scalar(1e-2);
  return { loss: value, gradients, ...optimizer.step(theta, gradients, state, rate, steps) };
}

const generate = (model: Model, theta: Parameters, { prompts }: ReturnType<typeof batch>): Promise<Generated> =>
  model.generate(theta, prompts, {
    samplesPerPrompt: 4,
    temperature: 1,
    maxNewTokens: 8,
    random: randomStream(1, "generate"),
  });

interface Call {
  readonly name: string;
  readonly inputs: NamedTensorMap;
  readonly attributes: NamedAttrMap;
}

/** The kernels that run in `body`, one call of each that differs in shapes, dtypes or attributes, with its inputs kept. */
async function callsOf(body: () => Promise<void>): Promise<Call[]> {
  const engine = tf.engine() as unknown as {
    runKernel: (name: string, inputs: NamedTensorMap, attributes?: NamedAttrMap) => unknown;
  };
  const { runKernel } = engine;
  const calls = new Map<string, Call>();
  engine.runKernel = function (name, inputs, attributes = {}) {
    const tensors = Object.entries(inputs).filter(([, input]) => input instanceof tf.Tensor);
    const shapes = tensors.map(([key, { shape, dtype }]) => `${key}:${dtype}[${shape.join()}]`);
    const key = `${name} ${shapes.join(" ")} ${JSON.stringify(attributes)}`;
    if (!calls.has(key)) {
      const kept = tensors.map(([input, tensor]) => [
        input,
        tf.keep(tf.tensor(tensor.dataSync().slice(), tensor.shape, tensor.dtype)),
      ]);
      const asGiven = Array.isArray(inputs) ? kept.map(([, tensor]) => tensor) : Object.fromEntries(kept);
      calls.set(key, { name, inputs: asGiven as NamedTensorMap, attributes });
    }
    return runKernel.call(engine, name, inputs, attributes);
  };
  try {
    await body();
  } finally {
    engine.runKernel = runKernel;
  }
  return [...calls.values()];
}

/** Largest difference between two tensors, against the largest value; equal infinities and NaNs don't differ. */
function difference(given: Tensor, expected: Tensor, what = ""): number {
  assert.equal([given.shape, given.dtype], [expected.shape, expected.dtype], what);
  const [a, b] = [given, expected].map((tensor) => [...tensor.dataSync()]) as [number[], number[]];
  const size = b.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 1);
  return a.reduce(
    (most, value, index) => (Object.is(value, b[index]) ? most : Math.max(most, Math.abs(value - b[index]!) / size)),
    0,
  );
}

check("every op of training and generation, in each of its shapes", async () => {
  const model = modelWith(uncompiled);
  const theta = model.initialParameters(randomStream(1, "parameters"));
  const given = batch();
  // As a graph the binding's own ops are used, by XLA compositions of TensorFlow's.
  for (const [mode, kernels, most] of [
    ["graph", "native", 1e-6],
    ["xla", "portable", 4e-6],
  ] as const) {
    // prettier-ignore
    useKernels(kernels);
    try {
      const calls = await callsOf(async () => {
        trainingStep(model, theta, optimizer.initialState(theta), given, 3);
        // the decoder's steps with their positions as tensors, as they are compiled
        const traced = modelWith({ compiles: true, compile: (fn) => fn });
        await generate(traced, theta, given);
        trainingStep(traced, theta, optimizer.initialState(theta), given, tf.scalar(3));
      });
      const names = new Set(calls.map(({ name }) => name));
      assert.ok(names.size >= 30, [...names].join(", "));
      for (const { name, inputs, attributes } of calls) {
        const run = (tensors: NamedTensorMap) => tf.engine().runKernel(name, tensors, attributes) as Tensor | Tensor[];
        const expected = [run(inputs)].flat();
        const results = [compileFunction(run, mode)(inputs)].flat();
        assert.is(results.length, expected.length);
        results.forEach((result, index) => {
          // float32 has 1.2e-7 between neighbours; sums over some hundred terms in another order, and XLA's own exp and rsqrt
          const differs = difference(result, expected[index]!, name);
          assert.ok(differs <= most, `${name} ${mode}: ${differs}`);
        });
      }
    } finally {
      useKernels("native");
    }
  }
});

check("five steps of training: losses, gradients and parameters", () => {
  const plain = modelWith(uncompiled);
  const start = plain.initialParameters(randomStream(1, "parameters"));
  const given = batch();
  let [theta, state] = [start, optimizer.initialState(start)];
  const losses: number[] = [];
  let gradients: Parameters = {};
  for (let step = 1; step <= 5; step++) {
    const made = trainingStep(plain, theta, state, given, step);
    ({ parameters: theta, state, gradients } = made);
    losses.push(made.loss.dataSync()[0]!);
  }
  assert.ok(losses[4]! < losses[0]!, losses.join());
  for (const mode of ["graph", "xla"] as const) {
    const compiler = compilerOf(mode);
    const model = modelWith(compiler);
    const step = compiler.compile((before: Parameters, moments: Parameters, input: ReturnType<typeof batch>, steps: Scalar) =>
      trainingStep(model, before, moments, input, steps),
    );
    let [mine, moments] = [start, optimizer.initialState(start)];
    let last: Parameters = {};
    losses.forEach((loss, index) => {
      const made = step(mine, moments, given, tf.scalar(index + 1));
      ({ parameters: mine, state: moments, gradients: last } = made);
      assert.ok(
        Math.abs(made.loss.dataSync()[0]! - loss) < 1e-5,
        `${mode}, step ${index + 1}: ${made.loss.dataSync()[0]}, expected ${loss}`,
      );
    });
    // AdamW's first steps move each parameter by about η = 1e-2 however small its gradient: where a gradient is rounding error, so is the move.
    for (const [name, tensor] of Object.entries(theta)) {
      assert.ok(difference(last[name]!, gradients[name]!) < 1e-4, `${mode}: gradient of ${name}`);
      const sound = tf.cast(tf.greater(tf.abs(gradients[name]!), tf.mul(1e-2, tf.max(tf.abs(gradients[name]!)))), "float32"); // [...]
      const differs = difference(tf.mul(mine[name]!, sound), tf.mul(tensor, sound));
      assert.ok(differs < 5e-3, `${mode}: ${name}: ${differs}`);
    }
  }
});

check("generation samples the same tokens, also when ended rows leave", async () => {
  const plain = modelWith(uncompiled);
  const theta = plain.initialParameters(randomStream(1, "parameters"));
  const given = batch();
  const expected = await generate(plain, theta, given);
  for (const mode of ["graph", "xla"] as const) {
    const before = tf.memory().numTensors;
    const model = modelWith(compilerOf(mode));
    const sampled = await generate(model, theta, given);
    assert.equal([...sampled.responseIds], [...expected.responseIds]);
    sampled.logProbs.forEach((value, index) => assert.ok(Math.abs(value - expected.logProbs[index]!) < 1e-5));
    assert.equal(await generate(model, theta, given), sampled, "the same seed gives the same bits");
    assert.is(tf.memory().numTensors, before);
  }
});

test("tiny-vlm compiled: libtensorflow is looked for", () => assert.type(there, "boolean"));
test.run();
