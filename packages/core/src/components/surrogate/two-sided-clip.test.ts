import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import { assertClose, assertGradient, createPart, gradient } from "../../testing/tensors.ts";
import { dualClipSurrogate } from "./dual-clip.ts";
import { twoSidedClipSurrogate } from "./two-sided-clip.ts";

const { part, metrics } = createPart(twoSidedClipSurrogate, { cap: 3 });
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

test("two-sided-clip: the ratio is capped before PPO's minimum", () => {
  // A = −2: ρ = 5 → max(2·3, 2·1.2) = 6;  ρ = 2 → 4;  A = 2, ρ = 5 → max(−6, −2.4) = −2.4
  assertClose(lossOf(tf.tensor2d([[-2, -2, 2]]))(tf.tensor2d([[5, 2, 5]])), [[6, 4, -2.4]]);
  assertClose(metrics.take().capFraction!, 1 / 3);
});

test("two-sided-clip: with a cap above 1 + ε_high it is dual-clip, in value and gradient", () => {
  const dual = createPart(dualClipSurrogate, { cap: 3 }).part;
  const advantages = tf.tensor2d([[-2, -1, 2, 1, -1, 0]]);
  const ratio = tf.tensor2d([[5, 2, 5, 0.5, 0.5, 4]]);
  assertClose(lossOf(advantages)(ratio), lossOf(advantages, undefined, dual)(ratio).arraySync());
  assertClose(gradient(lossOf(advantages), ratio), gradient(lossOf(advantages, undefined, dual), ratio).arraySync());
});

test("two-sided-clip: a cap below 1 + ε_high acts on A > 0 too", () => {
  // cap 1.1, ε 0.2, A = 1: ρ = 1.15 → max(−1.1, −1.15) = −1.1
  const tight = createPart(twoSidedClipSurrogate, { cap: 1.1 }).part;
  assertClose(lossOf(tf.tensor2d([[1]]), undefined, tight)(tf.tensor2d([[1.15]])), [[-1.1]]);
});

test("two-sided-clip: gradient, extremes and mask", () => {
  const advantages = tf.tensor2d([[-2, -2, 2, NaN]]);
  const ratio = tf.tensor2d([[5, 2, 1, Infinity]]);
  const mask = tf.tensor2d([[1, 1, 1, 0]]);
  assertClose(gradient(lossOf(advantages, mask), ratio), [[0, 2, -2, 0]]);
  assertGradient(lossOf(tf.tensor2d([[-2, -2, 2]])), tf.tensor2d([[5, 2, 1]]));
  assertClose(lossOf(tf.tensor2d([[-1, 1]]))(tf.tensor2d([[Infinity, Infinity]])), [[3, -1.2]]);
});

test.run();
