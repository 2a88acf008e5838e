import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertClose, assertGradient, createPart, gradient } from "../../testing/tensors.ts";
import { clipSurrogate } from "./clip.ts";
import { dualClipSurrogate } from "./dual-clip.ts";

const { part, metrics } = createPart(dualClipSurrogate);
const lossOf =
  (advantages: tf.Tensor2D, mask: tf.Tensor2D = tf.onesLike(advantages), surrogate = part) =>
  (ratio: tf.Tensor2D) =>
    surrogate.apply({
      ratio,
      advantages,
      mask,
      logProbs: tf.zerosLike(ratio),
      oldLogProbs: tf.zerosLike(ratio),
      refLogProbs: tf.zerosLike(ratio),
    });
test.after.each(() => void metrics.take());

test("dual-clip: for A < 0 the loss is at most −cap·A", () => {
  // A = −2, c = 3: ρ = 5 → min(max(10, 2.4), 6) = 6;  ρ = 2 → min(4, 6) = 4;  ρ = 0.5 → min(1.6, 6) = 1.6.  A = 2, ρ = 5 → −2.4
  assertClose(lossOf(tf.tensor2d([[-2, -2, -2, 2]]))(tf.tensor2d([[5, 2, 0.5, 5]])), [[6, 4, 1.6, -2.4]]);
  assertClose(metrics.take().capFraction!, 1 / 4);
});

test("dual-clip: differs from clip only where A < 0 and ρ > cap", () => {
  const plain = createPart(clipSurrogate).part;
  const advantages = tf.tensor2d([[1, -1, 0, 2, -2]]);
  const ratio = tf.tensor2d([[4, 2.9, 9, 0.1, 0.1]]);
  assertClose(lossOf(advantages)(ratio), lossOf(advantages, undefined, plain)(ratio).arraySync());
});

test("dual-clip: the gradient is 0 above the cap for A < 0", () => {
  const advantages = tf.tensor2d([[-2, -2, -2, 2, 2]]);
  const ratio = tf.tensor2d([[5, 2, 0.5, 5, 1]]);
  assertClose(gradient(lossOf(advantages), ratio), [[0, 2, 0, 0, -2]]);
  assertGradient(lossOf(advantages), ratio);
});

test("dual-clip: an overflown ratio is bounded for both signs", () => {
  assertClose(lossOf(tf.tensor2d([[1, -1]]))(tf.tensor2d([[Infinity, Infinity]])), [[-1.2, 3]]);
});

test("dual-clip: ignores what lies outside the mask", () => {
  const mask = tf.tensor2d([[1, 0, 0]]);
  const [advantages, ratio] = [tf.tensor2d([[-1, NaN, -1]]), tf.tensor2d([[1.1, 9, NaN]])];
  assertClose(lossOf(advantages, mask)(ratio), [[1.1, 0, 0]]);
  assert.is(metrics.take().capFraction, 0);
  assertClose(gradient(lossOf(advantages, mask), ratio), [[1, 0, 0]]);
});

test.run();
