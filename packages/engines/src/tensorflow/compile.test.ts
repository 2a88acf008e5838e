// Compiled functions against the same functions run op by op, on libtensorflow.

import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { buildBinding, findLibraries, startTensorflow } from "@rewardlab/tensorflow";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runningBackend, startBackend } from "./backend.ts";
import { compileFunction, forgetFunctions, KEPT_FUNCTIONS, keptFunctions } from "./compile.ts";
import type { CompileMode } from "./compile.ts";

const libraries = findLibraries("cpu");
if (libraries !== null) {
  const started = startTensorflow(buildBinding(), libraries);
  await startBackend(started.binding, started.libraries);
}

function check(title: string, body: () => void | Promise<void>): void {
  if (libraries) test(`compile: ${title}`, body);
  else test.skip(`compile: ${title} (libtensorflow is not installed: npx rewardlab engines install tensorflow)`, () => {});
}
const modes: CompileMode[] = ["graph", "xla"];
const close = (given: Tensor, expected: Tensor, tolerance: number) => {
  assert.equal(given.shape, expected.shape);
  assert.is(given.dtype, expected.dtype);
  const [a, b] = [given.dataSync(), expected.dataSync()];
  a.forEach((value, index) => assert.ok(Math.abs(value - b[index]!) <= tolerance, `${value}, expected ${b[index]}`));
};
const errorOf = (body: () => unknown): Error & { code?: string } => {
  try {
    body();
  } catch (error) {
    return error as Error;
  }
  throw new Error("it did not throw");
};
const x = libraries ? tf.tensor2d([1, -2, 3, 4, 5, -6], [2, 3]) : (null as never);

check("gives what the function gives, nested, in several dtypes", () => {
  const fn = (given: { x: Tensor2D; more: [Tensor1D, number] }) => ({
    sum: tf.sum(given.x),
    parts: [tf.mul(given.x, given.more[1]), tf.gather(given.x, given.more[0])],
    greater: tf.greater(given.x, 0),
    count: tf.sum(tf.cast(tf.greater(given.x, 0), "int32")),
    name: "kept",
  });
  for (const mode of modes) {
    const compiled = compileFunction(fn, mode);
    const ids = tf.tensor1d([1, 0, 1], "int32");
    const [given, expected] = [compiled({ x, more: [ids, 3] }), fn({ x, more: [ids, 3] })];
    close(given.sum, expected.sum, 0);
    given.parts.forEach((part, index) => close(part, expected.parts[index]!, 0));
    close(given.greater, expected.greater, 0);
    close(given.count, expected.count, 0);
    assert.is(given.name, "kept");
  }
});

check("is traced once for a signature: shapes, dtypes and plain values", () => {
  let traces = 0;
  const compiled = compileFunction((a: Tensor, factor: number) => {
    traces += 1;
    return tf.mul(a, factor);
  }, "graph");
  compiled(x, 2);
  close(compiled(tf.neg(x), 2), tf.mul(x, -2), 0);
  assert.is(traces, 1);
  close(compiled(x, 3), tf.mul(x, 3), 0);
  assert.is(traces, 2);
  close(compiled(tf.transpose(x), 3), tf.transpose(tf.mul(x, 3)), 0);
  assert.is(traces, 3);
  compiled(tf.cast(x, "int32"), 3);
  assert.is(traces, 4);
});

check("gradients, an optimizer's step and stopped gradients", () => {
  const step = (w: Tensor2D, inputs: Tensor2D, rate: Scalar) => {
    const { value, grads } = tf.valueAndGrads((v) => {
      const h = tf.tanh(tf.matMul(inputs, v as Tensor2D)); // [2, 2]
      const stopped = tf.customGrad(() => ({ value: h.clone(), gradFunc: () => [] as Tensor[] }))();
      return tf.mean(tf.mul(tf.softmax(h), stopped)) as Scalar;
    })([w]);
    return { value, next: tf.sub(w, tf.mul(grads[0]!, rate)) };
  };
  const w = tf.tensor2d([0.1, -0.2, 0.3, 0.4, -0.5, 0.6], [3, 2]);
  const expected = step(w, x, tf.scalar(0.5));
  for (const mode of modes) {
    const given = compileFunction(step, mode)(w, x, tf.scalar(0.5));
    close(given.value, expected.value, 1e-6); // float32, sums in another order
    close(given.next, expected.next, 1e-6);
  }
});

check("tensors from outside are captured as they were, and kept as long as the function", () => {
  const onHost = tf.tensor1d([10, 20, 30]); // TensorFlow has not seen its values yet
  const inTensorflow = tf.add(onHost, 1); // [3]
  const compiled = compileFunction((a: Tensor) => tf.add(tf.mul(a, onHost), inTensorflow), "graph");
  const expected = tf.add(tf.mul(x, onHost), inTensorflow);
  close(compiled(x), expected, 0);
  tf.dispose([onHost, inTensorflow]);
  close(compiled(x), expected, 0);
});

check("a tensor whose values only the host had is whole after it was captured", () => {
  const onHost = tf.tensor1d([1, 2, 3]);
  compileFunction((a: Tensor) => tf.add(a, onHost), "graph")(x);
  assert.equal([...onHost.dataSync()], [1, 2, 3]);
  assert.equal([...tf.add(onHost, 1).dataSync()], [2, 3, 4]);
});

check("an argument given back, and one result given twice, are tensors of their own", () => {
  const compiled = compileFunction((a: Tensor) => {
    const doubled = tf.mul(a, 2);
    return [a, doubled, doubled] as const;
  }, "graph");
  const a = tf.tensor1d([1, 2]);
  const [same, one, two] = compiled(a);
  tf.dispose([a, one]);
  assert.equal([...same.dataSync()], [1, 2]);
  assert.equal([...two.dataSync()], [2, 4]);
});

check("inside a gradient or another compiled function it is a part of that", () => {
  const square = compileFunction((a: Tensor) => tf.square(a), "graph");
  close(tf.grad((a: Tensor) => tf.sum(square(a)))(x), tf.mul(x, 2), 0);
  const twice = compileFunction((a: Tensor) => square(square(a)), "graph");
  close(twice(x), tf.pow(x, tf.scalar(4, "int32")), 1e-3); // 6⁴ = 1296 in float32
});

check("leaks no tensor, neither when it is traced nor when it is called", () => {
  const compiled = compileFunction((a: Tensor) => ({ y: tf.exp(tf.neg(a)), z: tf.sum(a) }), "graph");
  const native = runningBackend()!.native;
  const a = tf.neg(x);
  const before = [tf.memory().numTensors, native.getNumOfTensors()];
  for (let i = 0; i < 3; i++) tf.dispose(compiled(a));
  assert.equal([tf.memory().numTensors, native.getNumOfTensors()], before);
  a.dispose();
});

check("errors name the op or the reading, and the line", () => {
  const here = /compile\.test\.ts:\d+:\d+/;
  for (const [fn, message] of [
    [(a: Tensor) => tf.scalar(a.dataSync()[0]!), /reads a tensor's value on the host/],
    [(a: Tensor) => tf.tensor(a.arraySync()), /reads a tensor's value on the host/],
    [(a: Tensor) => tf.mul(a, tf.randomUniform(a.shape)), /random numbers without a seed/],
    [(a: Tensor) => tf.mul(a, Math.random()), /random numbers without a seed/],
    [(a: Tensor) => tf.matMul(a as Tensor2D, a as Tensor2D), /MatMul can't be compiled/],
    [(a: Tensor) => tf.unique(tf.reshape(a, [-1]) as Tensor1D).values, /Unique\w* gives a shape that depends on values/],
  ] as const) {
    const error = errorOf(() => compileFunction(fn as (a: Tensor) => Tensor, "graph")(x));
    assert.is(error.code, "RL_COMPILE");
    assert.match(error.message, message);
    assert.match(error.message, here);
  }
  assert.match(errorOf(() => compileFunction(async (a: Tensor) => tf.neg(a), "graph")(x)).message, /must not be async/);
});

check("after an error all is as before", () => {
  const before = tf.memory().numTensors;
  errorOf(() => compileFunction((a: Tensor) => tf.scalar(tf.exp(a).dataSync()[0]!), "graph")(x));
  assert.is(tf.memory().numTensors, before);
  assert.ok(Math.random() < 1);
  const sum = tf.sum(x);
  assert.is(sum.dataSync()[0], 5);
  sum.dispose();
});

check("a symbol that was kept beyond its trace is refused", () => {
  let kept: Tensor | undefined;
  compileFunction((a: Tensor) => {
    kept = tf.keep(tf.neg(a));
    return tf.neg(kept);
  }, "graph")(x);
  assert.match(errorOf(() => kept!.dataSync()).message, /has no value/);
  assert.match(errorOf(() => compileFunction((a: Tensor) => tf.add(a, kept!), "graph")(x)).message, /has no value/);
});

check("keeps so many functions, and forgets the one that was used the longest ago", () => {
  forgetFunctions();
  let traces = 0;
  const compiled = compileFunction((a: Tensor, n: number) => {
    traces += 1;
    return tf.add(a, n);
  }, "graph");
  for (let n = 0; n < KEPT_FUNCTIONS; n++) compiled(x, n).dispose();
  compiled(x, 0).dispose(); // used again: now 1 is the oldest
  compiled(x, KEPT_FUNCTIONS).dispose();
  assert.is(keptFunctions(), KEPT_FUNCTIONS);
  traces = 0;
  compiled(x, 0).dispose();
  assert.is(traces, 0);
  compiled(x, 1).dispose();
  assert.is(traces, 1);
});

check("out of memory is an error that says what would need less", () => {
  const a = tf.neg(x);
  const error = errorOf(() => compileFunction((b: Tensor) => tf.tile(b, [2 ** 20, 2 ** 21]), "graph")(a)); // 48 TiB
  assert.is(error.code, "RL_OUT_OF_MEMORY");
  assert.match(error.message, /A smaller update\.microbatch needs less.*`engine: wasm` takes 0\.3 GB less/);
  a.dispose();
});

check("a forgotten tensor is freed when it is collected", async () => {
  const { native } = runningBackend()!;
  const before = native.getNumOfTensors();
  (() => {
    for (let i = 0; i < 50; i++) tf.neg(x);
  })();
  tf.engine().startScope();
  tf.engine().endScope();
  assert.ok(native.getNumOfTensors() >= before + 50);
  const { setFlagsFromString } = await import("node:v8");
  const { runInNewContext } = await import("node:vm");
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let i = 0; i < 10 && native.getNumOfTensors() > before + 5; i++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.ok(native.getNumOfTensors() <= before + 5, `${native.getNumOfTensors()} of ${before}`);
});

test("compile: on another backend it is the function itself", async () => {
  await import("@tensorflow/tfjs");
  await tf.setBackend("cpu");
  const fn = (a: Tensor) => tf.scalar(a.dataSync()[0]! + 1);
  assert.is(compileFunction(fn, "graph")(tf.scalar(1)).dataSync()[0], 2);
});

test.run();
