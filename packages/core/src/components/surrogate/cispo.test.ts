import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertClose, createPart, gradient } from "../../testing/tensors.ts";
import { cispoSurrogate } from "./cispo.ts";

const { part, metrics } = createPart(cispoSurrogate, { high: 0.5 });
const ones = (like: tf.Tensor2D) => tf.onesLike(like);
/** The loss as a function of log π; the ratio is exp(log π − log π_old). */
const lossOf =
  (oldLogProbs: tf.Tensor2D, advantages: tf.Tensor2D, mask = ones(advantages), surrogate = part) =>
  (logProbs: tf.Tensor2D) => {
    const ratio = tf.exp(tf.where(tf.greater(mask, 0), tf.sub(logProbs, oldLogProbs), tf.zerosLike(logProbs))) as tf.Tensor2D;
    return surrogate.apply({ ratio, logProbs, oldLogProbs, refLogProbs: oldLogProbs, advantages, mask });
  };
const oldLogProbs = tf.tensor2d([[-2, -2, -2]]);
const logProbs = tf.tensor2d([[-2 + Math.log(1.2), -2 + Math.log(4), -2 + Math.log(0.1)]]); // ratios 1.2, 4, 0.1
test.after.each(() => void metrics.take());

test("cispo: minus weight times advantage times log π, the weight at most 1 + high", () => {
  // high 0.5: weights 1.2, 1.5, 0.1 (no lower bound)
  const [a, b, c] = logProbs.arraySync()[0] as [number, number, number];
  assertClose(lossOf(oldLogProbs, tf.tensor2d([[2, 2, 2]]))(logProbs), [[-1.2 * 2 * a, -1.5 * 2 * b, -0.1 * 2 * c]], 1e-5);
  assertClose(metrics.take().clipFractionHigh!, 1 / 3);
});

test("cispo: low bounds the weight from below", () => {
  const both = createPart(cispoSurrogate, { low: 0.2, high: 0.5 });
  const c = logProbs.arraySync()[0]![2]!;
  assertClose(
    tf.slice(lossOf(oldLogProbs, tf.tensor2d([[1, 1, 1]]), undefined, both.part)(logProbs), [0, 2], [1, 1]),
    [[-0.8 * c]],
    1e-5,
  );
  assertClose(both.metrics.take().clipFractionLow!, 1 / 3);
});

test("cispo: the gradient is −weight·A at every token, none through the weight", () => {
  assertClose(gradient(lossOf(oldLogProbs, tf.tensor2d([[2, -2, 1]])), logProbs), [[-2.4, 3, -0.1]], 1e-5);
});

test("cispo: log ratios of ±30 and ±200 give bounded gradients", () => {
  const wild = tf.tensor2d([[30, -30, 200, -200]]);
  const loss = (x: tf.Tensor2D) => {
    const ratio = tf.exp(x);
    return part.apply({
      ratio,
      logProbs: x,
      oldLogProbs: x,
      refLogProbs: x,
      advantages: tf.ones(x.shape),
      mask: tf.ones(x.shape),
    });
  };
  assertClose(gradient(loss, wild), [[-1.5, 0, -1.5, 0]]);
});

test("cispo: ignores what lies outside the mask", () => {
  const mask = tf.tensor2d([[1, 0, 0]]);
  const old = tf.tensor2d([[-2, NaN, -Infinity]]);
  const now = tf.tensor2d([[-2, -Infinity, 3]]);
  assertClose(lossOf(old, tf.tensor2d([[1, NaN, 1]]), mask)(now), [[2, 0, 0]]);
  assert.is(metrics.take().clipFraction, 0);
  assertClose(gradient(lossOf(old, tf.tensor2d([[1, NaN, 1]]), mask), now), [[-1, 0, 0]]);
});

test.run();
