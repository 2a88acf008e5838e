import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertClose, gradient, leakedTensors } from "../testing/tensors.ts";
import { countTrue, keepMasked, maskedCentred, maskedMean, maskedRowSum, maskedSum, maskedVariance } from "./masked.ts";

const values = tf.tensor2d([
  [1, 2, NaN],
  [6, Infinity, -Infinity],
]);
const mask = tf.tensor2d([
  [1, 1, 0],
  [1, 0, 0],
]);
const none = tf.zerosLike(mask);

test("masked: sums, mean and variance are over the mask alone", () => {
  assertClose(keepMasked(values, mask), [
    [1, 2, 0],
    [6, 0, 0],
  ]);
  assertClose(maskedSum(values, mask), 9);
  assertClose(maskedRowSum(values, mask), [3, 6]);
  assertClose(maskedMean(values, mask), 3);
  assertClose(maskedCentred(values, mask), [
    [-2, -1, 0],
    [3, 0, 0],
  ]);
  assertClose(maskedVariance(values, mask, 0), 14 / 3); // (4 + 1 + 9) / 3
  assertClose(maskedVariance(values, mask, 1), 7); // … / 2
});

test("masked: an empty mask and a mask of one token give 0, not NaN", () => {
  assertClose(maskedMean(values, none), 0);
  assertClose(maskedVariance(values, none, 0), 0);
  assertClose(maskedVariance(values, none, 1), 0);
  const one = tf.tensor2d([
    [0, 1, 0],
    [0, 0, 0],
  ]);
  assertClose(maskedVariance(values, one, 1), 0);
  assertClose(maskedCentred(values, one), [
    [0, 0, 0],
    [0, 0, 0],
  ]);
});

test("maskedCentred: equal values are exactly 0, although float32's mean of them is not one of them", () => {
  const equal = tf.mul(tf.ones<tf.Rank.R2>([7, 43]), 0.1) as tf.Tensor2D;
  const centred = maskedCentred(equal, tf.onesLike(equal));
  assert.is(tf.max(tf.abs(centred)).dataSync()[0], 0);
});

test("masked: no gradient outside the mask", () => {
  assertClose(
    gradient(
      (x) => tf.exp(keepMasked(x, mask)),
      tf.tensor2d([
        [0, 1, NaN],
        [0, 200, -200],
      ]),
    ),
    [
      [1, Math.E, 0],
      [1, 0, 0],
    ],
  );
});

test("countTrue", () => {
  assertClose(countTrue(tf.greater(tf.tensor1d([1, -1, 2]), 0)), 2);
});

test("masked: leaks no tensor", () => {
  const leaked = leakedTensors(() => {
    for (const result of [
      keepMasked(values, mask),
      maskedSum(values, mask),
      maskedRowSum(values, mask),
      maskedVariance(values, mask, 1),
    ])
      result.dispose();
  });
  assert.is(leaked, 0);
});

test.run();
