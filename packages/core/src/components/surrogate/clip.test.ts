import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertClose, assertGradient, createPart, gradient } from "../../testing/tensors.ts";
import { clipSurrogate } from "./clip.ts";

const { part, metrics } = createPart(clipSurrogate);
const zeros = (like: tf.Tensor2D) => tf.zerosLike(like);

/** The loss as a function of the ratio. */
const lossOf =
  (advantages: tf.Tensor2D, mask: tf.Tensor2D = tf.onesLike(advantages), surrogate = part) =>
  (ratio: tf.Tensor2D) =>
    surrogate.apply({ ratio, advantages, mask, logProbs: zeros(ratio), oldLogProbs: zeros(ratio), refLogProbs: zeros(ratio) });
test.after.each(() => void metrics.take());

test("clip: the pessimistic one of the plain and the clipped loss", () => {
  // ε = 0.2, range [0.8, 1.2]
  // A = 2:  ρ = 1.5 → max(−3, −2.4) = −2.4;  ρ = 0.5 → max(−1, −1.6) = −1;  ρ = 1.1 → −2.2
  // A = −2: ρ = 1.5 → max(3, 2.4) = 3;       ρ = 0.5 → max(1, 1.6) = 1.6;   ρ = 1.1 → 2.2;   A = 0 → 0
  const ratio = tf.tensor2d([
    [1.5, 0.5, 1.1],
    [1.5, 0.5, 1.1],
    [1.5, 0.5, 1.1],
  ]);
  const advantages = tf.tensor2d([
    [2, 2, 2],
    [-2, -2, -2],
    [0, 0, 0],
  ]);
  assertClose(lossOf(advantages)(ratio), [
    [-2.4, -1, -2.2],
    [3, 1.6, 2.2],
    [0, 0, 0],
  ]);
  // clipped away: A = 2 at 1.5 (high), A = −2 at 0.5 (low): one of nine each
  const recorded = metrics.take();
  assertClose(
    [recorded.clipFractionHigh, recorded.clipFractionLow, recorded.clipFraction].map((x) => x!).reduce((a, b) => a + b),
    4 / 9,
  );
  assertClose(recorded.clipFractionHigh!, 1 / 9);
});

test("clip: ε_high > ε_low is clip-higher", () => {
  const higher = createPart(clipSurrogate, { low: 0.2, high: 0.28 }).part;
  assertClose(lossOf(tf.tensor2d([[1, 1, -1]]), undefined, higher)(tf.tensor2d([[1.25, 1.5, 0.5]])), [[-1.25, -1.28, 0.8]]);
});

test("clip: gradient −A where it is not clipped away, 0 where it is", () => {
  const advantages = tf.tensor2d([
    [2, 2, 2],
    [-2, -2, -2],
  ]);
  const ratio = tf.tensor2d([
    [1.5, 0.5, 1.1],
    [1.5, 0.5, 1.1],
  ]);
  assertClose(gradient(lossOf(advantages), ratio), [
    [0, -2, -2],
    [2, 0, 2],
  ]);
  assertGradient(lossOf(advantages), ratio);
});

test("clip: at ρ = 1 ± ε exactly the whole gradient passes", () => {
  const ratio = tf.tensor2d([[1.2, 0.8, 1.2, 0.8]]);
  assertClose(gradient(lossOf(tf.tensor2d([[3, 3, -3, -3]])), ratio), [[-3, -3, 3, 3]]);
});

test("clip: what lies outside the mask changes neither values, gradients nor metrics", () => {
  const mask = tf.tensor2d([[1, 0, 0, 0]]);
  const advantages = tf.tensor2d([[1, NaN, -Infinity, -1]]);
  const ratio = tf.tensor2d([[1.1, Infinity, NaN, 0.1]]);
  assertClose(lossOf(advantages, mask)(ratio), [[-1.1, 0, 0, 0]]);
  assert.is(metrics.take().clipFraction, 0);
  assertClose(gradient(lossOf(advantages, mask), ratio), [[-1, 0, 0, 0]]);
});

test("clip: an overflown ratio is bounded for A > 0 and not for A < 0", () => {
  assertClose(lossOf(tf.tensor2d([[1, -1]]))(tf.tensor2d([[Infinity, Infinity]])), [[-1.2, Infinity]]);
});

test.run();
