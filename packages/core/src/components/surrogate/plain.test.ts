import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertClose, assertGradient, createPart, gradient, leakedTensors } from "../../testing/tensors.ts";
import { plainSurrogate } from "./plain.ts";

await tf.setBackend("cpu");
const { part } = createPart(plainSurrogate);
const lossOf = (advantages: tf.Tensor2D, mask: tf.Tensor2D) => (logProbs: tf.Tensor2D) =>
  part.apply({ logProbs, oldLogProbs: logProbs, refLogProbs: logProbs, ratio: tf.onesLike(logProbs), advantages, mask });

test("plain: minus advantage times log π, whatever lies outside the mask", () => {
  // −2·(−0.5) = 1, −(−3)·(−2) = −6
  const advantages = tf.tensor2d([[2, -3, NaN]]);
  const logProbs = tf.tensor2d([[-0.5, -2, -Infinity]]);
  const mask = tf.tensor2d([[1, 1, 0]]);
  assertClose(lossOf(advantages, mask)(logProbs), [[1, -6, 0]]);
  assertClose(gradient(lossOf(advantages, mask), logProbs), [[-2, 3, 0]]);
});

test("plain: gradient", () => {
  assertGradient(lossOf(tf.tensor2d([[2, -3]]), tf.ones([1, 2])), tf.tensor2d([[-0.5, -2]]));
});

test("plain: leaks no tensor", () => {
  const [x, mask] = [tf.ones<tf.Rank.R2>([2, 3]), tf.ones<tf.Rank.R2>([2, 3])];
  const leaked = leakedTensors(() => {
    part.apply({ ratio: x, advantages: x, mask, logProbs: x, oldLogProbs: x, refLogProbs: x }).dispose();
    gradient(
      (now) => part.apply({ ratio: mask, advantages: mask, mask, logProbs: now, oldLogProbs: mask, refLogProbs: mask }),
      x,
    ).dispose();
  });
  assert.is(leaked, 0);
});

test.run();
