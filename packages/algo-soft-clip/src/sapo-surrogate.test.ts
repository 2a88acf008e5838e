import * as tf from "@tensorflow/tfjs";
import { assertClose, assertGradient, createPart, gradient, leakedTensors } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { sapoSurrogate } from "./sapo-surrogate.ts";

const { part, metrics } = createPart(sapoSurrogate, { positive: 1, negative: 2 });
const lossOf = (ratio: tf.Tensor2D, advantages: tf.Tensor2D, mask: tf.Tensor2D = tf.ones(ratio.shape)) => {
  const logProbs = tf.fill<tf.Rank.R2>(ratio.shape, -1);
  return part.apply({ ratio, advantages, logProbs, oldLogProbs: logProbs, refLogProbs: logProbs, mask });
};
test.after.each(() => void metrics.take());

test("sapo: −(4/τ)·σ(τ(ρ − 1))·A, τ by the sign of A", () => {
  // ρ = 1: σ(0) = ½ → −2A at τ 1, −A at τ 2. ρ = 1 + ln 3 at τ 1: σ = ¾ → −3A. ρ = 1 − ½ ln 3 at τ 2: σ = ¼ → −½A
  const ratio = tf.tensor2d([[1, 1, 1 + Math.log(3), 1 - Math.log(3) / 2]]);
  assertClose(lossOf(ratio, tf.tensor2d([[1, -1, 0.5, -1]])), [[-2, 1, -1.5, 0.5]]);
});

test("sapo: the gradient is 4p(1 − p)·A: all of it at ρ = 1, three quarters at p = ¾", () => {
  const ratio = tf.tensor2d([[1, 1, 1 + Math.log(3), 1 - Math.log(3) / 2]]);
  const advantages = tf.tensor2d([[1, -1, 1, -1]]);
  const at = (x: tf.Tensor2D) => lossOf(x, advantages);
  assertClose(gradient(at, ratio), [[-1, 1, -0.75, 0.75]]);
  assertGradient(at, tf.tensor2d([[0.4, 0.9, 1.3, 2.2]]));
});

test("sapo: counts what is left of the gradients, and the tokens with less than half", () => {
  // weights 1, ¾, and far off 0; half is left at |ρ − 1| = ln(3 + 2√2)/τ = 1.763 (τ 1)
  lossOf(tf.tensor2d([[1, 1 + Math.log(3), 100, 0]]), tf.tensor2d([[1, 1, 1, 1]]), tf.tensor2d([[1, 1, 1, 0]]));
  const recorded = metrics.take();
  assertClose(recorded.gateWeight!, 1.75 / 3);
  assertClose(recorded.gatedFraction!, 1 / 3);
  lossOf(tf.tensor2d([[1 + 1.762, 1 + 1.763]]), tf.tensor2d([[1, 1]]));
  assertClose(metrics.take().gatedFraction!, 0.5);
});

test("sapo: ratios beyond every bound have a finite loss and no gradient", () => {
  const wild = tf.tensor2d([[1e30, 1e30]]);
  const advantages = tf.tensor2d([[1, -1]]);
  assertClose(lossOf(wild, advantages), [[-4, 2]]);
  assertClose(
    gradient((x) => lossOf(x, advantages), wild),
    [[0, 0]],
  );
});

test("sapo: ignores what lies outside the mask", () => {
  const mask = tf.tensor2d([[1, 0, 0]]);
  const ratio = tf.tensor2d([[1, NaN, Infinity]]);
  const advantages = tf.tensor2d([[1, Infinity, NaN]]);
  const at = (x: tf.Tensor2D) => tf.where(tf.greater(mask, 0), lossOf(x, advantages, mask), tf.zerosLike(mask));
  assertClose(at(ratio), [[-2, 0, 0]]);
  assertClose(gradient(at, ratio), [[-1, 0, 0]]);
  assert.ok(Object.values(metrics.take()).every(Number.isFinite));
});

test("sapo: leaks no tensor", () => {
  const ones = () => tf.ones<tf.Rank.R2>([2, 3]);
  const batch = {
    ratio: ones(),
    advantages: ones(),
    logProbs: ones(),
    oldLogProbs: ones(),
    refLogProbs: ones(),
    mask: ones(),
  };
  const leaked = leakedTensors(() => {
    part.apply(batch).dispose();
    gradient((x) => part.apply({ ...batch, ratio: x }), batch.ratio).dispose();
    metrics.take();
  });
  assert.is(leaked, 0);
});

test.run();
