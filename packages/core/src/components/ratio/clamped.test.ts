import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertClose, assertGradient, createPart, gradient } from "../../testing/tensors.ts";
import { clampedRatio } from "./clamped.ts";

const { part, metrics } = createPart(clampedRatio, { limit: 2 });
const onAll = (logProbs: tf.Tensor2D) =>
  part.apply({ logProbs, oldLogProbs: tf.zerosLike(logProbs), mask: tf.ones(logProbs.shape) });
test.after.each(() => void metrics.take());

test("clamped: the log ratio is held within ±limit", () => {
  // limit 2: d = 1 stays, 3 → 2, −5 → −2; two of three tokens are clamped
  assertClose(onAll(tf.tensor2d([[1, 3, -5]])), [[Math.exp(1), Math.exp(2), Math.exp(-2)]], 1e-5);
  assertClose(metrics.take().clampedFraction!, 2 / 3);
});

test("clamped: the gradient is ρ within the limit and at it, 0 beyond", () => {
  assertClose(gradient(onAll, tf.tensor2d([[1, 2, 3, -2, -3]])), [[Math.exp(1), Math.exp(2), 0, Math.exp(-2), 0]], 1e-5);
  assertGradient(onAll, tf.tensor2d([[0.3, 1.5, 2.5, -2.5]]));
});

test("clamped: no log ratio overflows, infinite ones included", () => {
  const wide = createPart(clampedRatio).part;
  const logProbs = tf.tensor2d([[30, -30, 200, -200, Infinity, -Infinity]]);
  const apply = (x: tf.Tensor2D) => wide.apply({ logProbs: x, oldLogProbs: tf.zerosLike(x), mask: tf.ones(x.shape) });
  // float32 holds e^20 = 4.85e8 to about 30
  const [high, low] = [Math.exp(20), Math.exp(-20)];
  assertClose(apply(logProbs), [[high, low, high, low, high, low]], 50);
  assertClose(gradient(apply, logProbs), [[0, 0, 0, 0, 0, 0]]);
});

test("clamped: ignores what lies outside the mask", () => {
  const logProbs = tf.tensor2d([[1, NaN, Infinity]]);
  const apply = (x: tf.Tensor2D) => part.apply({ logProbs: x, oldLogProbs: tf.zeros([1, 3]), mask: tf.tensor2d([[1, 0, 0]]) });
  assertClose(apply(logProbs), [[Math.exp(1), 1, 1]]);
  assert.is(metrics.take().clampedFraction, 0);
  assertClose(gradient(apply, logProbs), [[Math.exp(1), 0, 0]]);
});

test.run();
