import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import { assertClose, assertGradient, createPart, gradient } from "../../testing/tensors.ts";
import { plainSurrogate } from "./plain.ts";

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

test.run();
