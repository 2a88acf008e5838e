import * as tf from "@tensorflow/tfjs";
import { assertClose, assertGradient, createPart, gradient, leakedTensors } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { klCovSurrogate } from "./kl-cov-surrogate.ts";

/** A quarter of the tokens. */
const { part, metrics } = createPart(klCovSurrogate, { ratio: 0.25, coefficient: 0.5 });
test.after.each(() => void metrics.take());

// A mean 0, log π mean −2: covariances 1, −1, 3, −1 │ 2, −2, 0, −2; the largest two are 3 and 2
const advantages = tf.tensor2d([
  [1, 1, -3, -1],
  [2, -2, 0, 2],
]);
const logProbs = tf.tensor2d([
  [-1, -3, -3, -1],
  [-1, -1, -3, -3],
]);
const oldLogProbs = tf.tensor2d([
  [-1, -3, -2.75, -1],
  [-1.5, -1, -3, -3],
]);
const ones = tf.ones<tf.Rank.R2>([2, 4]);
const batch = { ratio: ones, advantages, logProbs, oldLogProbs, refLogProbs: oldLogProbs, mask: tf.ones<tf.Rank.R2>([2, 4]) };

test("kl-cov: −ρA, and β·|log ratio| for the tokens of the largest covariances", () => {
  // + 0.5·0.25 at covariance 3, + 0.5·0.5 at 2
  assertClose(part.apply(batch), [
    [-1, -1, 3.125, 1],
    [-1.75, 2, 0, -2],
  ]);
  const recorded = metrics.take();
  assertClose(recorded.penalisedFraction!, 0.25);
  assertClose(recorded.penalty!, 0.375);
});

test("kl-cov: the penalty's gradient is ±β at the tokens chosen, and 0 where nothing has changed", () => {
  const at = (x: tf.Tensor2D) => part.apply({ ...batch, logProbs: x });
  assertClose(gradient(at, logProbs), [
    [0, 0, -0.5, 0],
    [0.5, 0, 0, 0],
  ]);
  assertGradient(at, logProbs);
  assertClose(
    gradient((x) => part.apply({ ...batch, logProbs: x, oldLogProbs: logProbs }), logProbs.clone()),
    tf.zerosLike(logProbs).arraySync(),
  );
});

test("kl-cov: the ratio is not clipped", () => {
  const wild = tf.mul(ones, 50) as tf.Tensor2D;
  const at = (x: tf.Tensor2D) => part.apply({ ...batch, ratio: x });
  assertClose(gradient(at, wild), (tf.neg(advantages) as tf.Tensor2D).arraySync());
});

test("kl-cov: at least one token is penalised; of equal covariances no more than the count", () => {
  const one = createPart(klCovSurrogate, { ratio: 1e-4, coefficient: 1 });
  one.part.apply(batch).dispose();
  assertClose(one.metrics.take().penalisedFraction!, 1 / 8);
  part.apply({ ...batch, advantages: ones }).dispose(); // all covariances 0
  assertClose(metrics.take().penalisedFraction!, 0.25);
});

test("kl-cov: ignores what lies outside the mask, in the means as well", () => {
  const wide = (x: tf.Tensor2D, value: number) => tf.concat([x, tf.tensor2d([[value], [value]])], 1) as tf.Tensor2D;
  const given = {
    ratio: wide(ones, NaN),
    advantages: wide(advantages, Infinity),
    logProbs: wide(logProbs, 5),
    oldLogProbs: wide(oldLogProbs, NaN),
    refLogProbs: wide(oldLogProbs, NaN),
    mask: wide(batch.mask, 0),
  };
  assertClose(tf.slice(part.apply(given), [0, 0], [2, 4]), [
    [-1, -1, 3.125, 1],
    [-1.75, 2, 0, -2],
  ]);
  assertClose(
    gradient((x) => part.apply({ ...given, logProbs: x }), given.logProbs),
    [
      [0, 0, -0.5, 0, 0],
      [0.5, 0, 0, 0, 0],
    ],
  );
  assert.is(metrics.take().nonFiniteCovariances, 0);
});

test("kl-cov: leaks no tensor", () => {
  const leaked = leakedTensors(() => {
    part.apply(batch).dispose();
    gradient((x) => part.apply({ ...batch, logProbs: x }), logProbs).dispose();
    metrics.take();
  });
  assert.is(leaked, 0);
});

test.run();
