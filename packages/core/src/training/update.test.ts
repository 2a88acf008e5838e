import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import type { Scalar } from "@tensorflow/tfjs-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { sgd } from "../components/optimizer/sgd.ts";
import { adamw } from "../components/optimizer/adamw.ts";
import type { Parameters } from "../kinds.ts";
import { assertClose, createPart } from "../testing/tensors.ts";
import { NonFinite } from "./non-finite.ts";
import { uncompiled } from "../services/compiler.ts";
import type { Compiler } from "../services/compiler.ts";
import { accumulateGradients, disposeTrained, lossAndGradients, optimizerStep, startTraining, stepTaker } from "./update.ts";
import type { Trained } from "./update.ts";

const start = () => ({ w: tf.tensor1d([1, 2, 3]), b: tf.scalar(0.5) });
/** Σ over rows of (w·x + b)², a sum: parts add up to the whole. */
const lossOf = (rows: readonly number[][]) => (parameters: Parameters) =>
  tf.sum(tf.square(tf.add(tf.dot(tf.tensor2d(rows as number[][]), parameters.w!), parameters.b!))) as Scalar;
const rows = [
  [1, 0, 2],
  [0, -1, 1],
  [3, 1, 0],
  [1, 1, 1],
];

test("gradients: micro-batches add up to the whole batch, and leave no tensor", () => {
  const parameters = start();
  const before = tf.memory().numTensors;
  const whole = accumulateGradients(parameters, [() => lossAndGradients(parameters, lossOf(rows))]);
  const parts = accumulateGradients(
    parameters,
    [rows.slice(0, 1), rows.slice(1, 3), rows.slice(3)].map((part) => () => lossAndGradients(parameters, lossOf(part))),
  );
  assert.is(whole.loss, parts.loss); // small whole numbers and halves: exact in float32
  for (const name of ["w", "b"]) assertClose(parts.gradients[name]!, whole.gradients[name]!.arraySync(), 0);
  // by hand: w·x + b = 7.5, 1.5, 5.5, 6.5, and ∂/∂b = 2 Σ
  assert.is(whole.loss, 56.25 + 2.25 + 30.25 + 42.25);
  assertClose(whole.gradients.b!, 42, 0);
  assertClose(whole.gradients.w!, [2 * (7.5 + 3 * 5.5 + 6.5), 2 * (-1.5 + 5.5 + 6.5), 2 * (15 + 1.5 + 6.5)], 0);
  tf.dispose([whole.gradients, parts.gradients]);
  assert.is(tf.memory().numTensors, before);
});

test("gradients: no loss at all is 0 everywhere", () => {
  const { loss, gradients } = accumulateGradients(start(), []);
  assert.is(loss, 0);
  assertClose(gradients.w!, [0, 0, 0], 0);
});

test("step: gradients clipped to the global norm, old tensors freed", () => {
  const { part: optimizer } = createPart(sgd, { learningRate: 1, momentum: 0 });
  const parameters = start();
  const trained = startTraining(parameters, optimizer);
  const before = tf.memory().numTensors;
  const gradients = { w: tf.tensor1d([0, 3, 0]), b: tf.scalar(4) }; // norm 5
  const stepped = optimizerStep(trained, { loss: 1, gradients }, { optimizer, learningRate: 0.1, gradientClip: 1 });
  assert.is(stepped.gradientNorm, 5);
  assertClose(stepped.trained.parameters.w!, [1, 2 - 0.1 * (3 / 5), 3]);
  assertClose(stepped.trained.parameters.b!, 0.5 - 0.1 * (4 / 5));
  assert.is(stepped.trained.steps, 1);
  assert.is(tf.memory().numTensors, before, "new for old, and the gradients are gone");
  disposeTrained(stepped.trained);
  assertClose(parameters.w, [1, 2, 3], 0); // the caller's own are untouched
});

test("frozen parameters: no gradient, no optimizer state, the same values; the others step as if they were alone", () => {
  const before = tf.memory().numTensors;
  const { part: optimizer } = createPart(sgd, { learningRate: 1, momentum: 0.9 });
  const trains = (name: string) => name === "w";
  const squares = ({ w, b }: Parameters) => tf.sum(tf.mul(tf.add(w!, b!), w!)) as Scalar; // dw = 2w + b = [2.5, 4.5, 6.5]
  for (const compiles of [false, true]) {
    const parameters = start();
    const takeStep = stepTaker({ compiles, compile: (fn) => fn }, optimizer, null);
    let trained = startTraining(parameters, optimizer, trains);
    assert.equal(Object.keys(trained.optimizerState), ["b.w"]); // the buffer of w alone
    for (let step = 0; step < 2; step++) {
      const gradients = accumulateGradients(trained.parameters, [
        () => tf.tidy(() => lossAndGradients(trained.parameters, squares, trains) as never),
      ]);
      assert.equal(Object.keys(gradients.gradients), ["w"]);
      if (step === 0) assertClose(gradients.gradients.w!, [2.5, 4.5, 6.5], 0);
      ({ trained } = takeStep(trained, gradients, 0.1));
      if (step === 0) assertClose(trained.parameters.w!, [0.75, 1.55, 2.35]);
    }
    assert.equal(Object.keys(trained.parameters), ["w", "b"]);
    assertClose(trained.parameters.b!, 0.5, 0);
    assert.is(trained.parameters.b!.dataId, parameters.b.dataId, "not copied");
    disposeTrained(trained);
    assertClose(parameters.b, 0.5, 0);
    tf.dispose(parameters);
    assert.is(tf.memory().numTensors, before);
  }
  const parameters = start();
  assert.throws(() => startTraining(parameters, optimizer, () => false), /none of its 2 parameters is trained/);
  tf.dispose(parameters);
});

test("step: below the clip, or without one, the gradients stay as they are", () => {
  const { part: optimizer } = createPart(sgd, { learningRate: 1, momentum: 0 });
  for (const gradientClip of [null, 100]) {
    const gradients = { w: tf.tensor1d([0, 3, 0]), b: tf.scalar(4) };
    const { trained } = optimizerStep(
      startTraining(start(), optimizer),
      { loss: 1, gradients },
      { optimizer, learningRate: 1, gradientClip },
    );
    assertClose(trained.parameters.b!, -3.5, 0);
  }
});

test("step: what is not finite is named before anything changes, and the gradients are freed", () => {
  const { part: optimizer } = createPart(adamw, { learningRate: 1 });
  const trained = startTraining(start(), optimizer);
  const before = tf.memory().numTensors;
  const step = (loss: number, w: number[]) => () =>
    optimizerStep(
      trained,
      { loss, gradients: { w: tf.tensor1d(w), b: tf.scalar(0) } },
      { optimizer, learningRate: 1, gradientClip: 1 },
    );
  assert.throws(step(NaN, [1, 1, 1]), (error: unknown) => error instanceof NonFinite && error.message === "the loss is NaN");
  assert.throws(
    step(1, [1, NaN, 1]),
    (error: unknown) => error instanceof NonFinite && /gradient of w \[3\] is NaN at element 1/.test(error.message),
  );
  assertClose(trained.parameters.w!, [1, 2, 3], 0);
  assert.is(trained.steps, 0);
  assert.is(tf.memory().numTensors, before);
});

test("step: one that would leave the finite numbers is refused, and the weights stay as they were", () => {
  const { part: optimizer } = createPart(sgd, { learningRate: 1e39 });
  const trained = startTraining(start(), optimizer);
  const before = tf.memory().numTensors;
  const gradients = { w: tf.tensor1d([1, 1, 1]), b: tf.scalar(0) };
  assert.throws(
    () => optimizerStep(trained, { loss: 1, gradients }, { optimizer, learningRate: 1e39, gradientClip: null }),
    (error: unknown) => error instanceof NonFinite && /updated value of w \[3\] is -Infinity at element 0/.test(error.message),
  );
  assertClose(trained.parameters.w!, [1, 2, 3], 0);
  assert.is(tf.memory().numTensors, before);
});

/** Compiles as an engine would, without one: the functions get tensors for all that changes. */
const compiling: Compiler = { compiles: true, compile: (fn) => fn };

test("step taker: compiled it does what the plain one does", () => {
  for (const gradientClip of [null, 1, 100]) {
    const { part: optimizer } = createPart(adamw, { learningRate: 0.1, weightDecay: 0.1 });
    const [plain, compiled] = [uncompiled, compiling].map((compiler) => {
      const take = stepTaker(compiler, optimizer, gradientClip);
      let trained = startTraining(start(), optimizer);
      const before = tf.memory().numTensors;
      let norm = 0;
      for (let step = 0; step < 3; step++) {
        const gradients = { w: tf.tensor1d([0, 3, step]), b: tf.scalar(4) };
        ({ trained, gradientNorm: norm } = take(trained, { loss: 1, gradients }, 0.1));
      }
      assert.is(tf.memory().numTensors, before);
      return { ...trained, norm };
    }) as [Trained & { norm: number }, Trained & { norm: number }];
    assert.is(compiled.steps, 3);
    assert.is(compiled.norm, plain.norm);
    for (const name of ["w", "b"]) assertClose(compiled.parameters[name]!, plain.parameters[name]!.arraySync(), 1e-6);
  }
});

test("step taker: compiled, what is not finite is named before anything changes", () => {
  const { part: optimizer } = createPart(adamw, { learningRate: 1 });
  const take = stepTaker(compiling, optimizer, null);
  for (const [loss, gradients, rate, message] of [
    [1, { w: tf.tensor1d([0, NaN, 0]), b: tf.scalar(1) }, 1, /gradient of w \[3\] is NaN at element 1/],
    [1, { w: tf.tensor1d([0, 1, 0]), b: tf.scalar(1) }, 1e39, /updated value of (w|b)/],
    [Infinity, { w: tf.tensor1d([0, 1, 0]), b: tf.scalar(1) }, 1, /the loss is Infinity/],
  ] as const) {
    const trained = startTraining(start(), optimizer);
    const before = tf.memory().numTensors;
    assert.throws(
      () => take(trained, { loss, gradients }, rate),
      (error: Error) => error instanceof NonFinite && message.test(error.message),
    );
    assert.is(tf.memory().numTensors, before - 2, "the gradients are gone, and nothing else came");
    assertClose(trained.parameters.w!, [1, 2, 3], 0);
    disposeTrained(trained);
  }
});

test.run();
