import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertClose, assertGradient, createPart, gradient } from "../../testing/tensors.ts";
import { tokenRatio } from "./token.ts";

const { part, metrics } = createPart(tokenRatio);
test.after.each(() => void metrics.take());

test("token: exp of the difference of the log-probabilities", () => {
  // exp(ln 1.5) = 1.5, exp(0) = 1, exp(−ln 2) = 0.5
  const logProbs = tf.tensor2d([[Math.log(0.6), -1, Math.log(0.25)]]);
  const oldLogProbs = tf.tensor2d([[Math.log(0.4), -1, Math.log(0.5)]]);
  assertClose(part.apply({ logProbs, oldLogProbs, mask: tf.ones([1, 3]) }), [[1.5, 1, 0.5]]);
  const recorded = metrics.take();
  assertClose(recorded.largestLogRatio!, Math.log(2));
  assertClose(recorded.largestRatio!, 1.5);
});

test("token: what lies outside the mask changes neither values, gradients nor metrics", () => {
  const mask = tf.tensor2d([[1, 0, 0, 0]]);
  const oldLogProbs = tf.tensor2d([[0, -Infinity, NaN, 0]]);
  const logProbs = tf.tensor2d([[0.5, 3, -1, Infinity]]);
  const apply = (x: tf.Tensor2D) => part.apply({ logProbs: x, oldLogProbs, mask });
  assertClose(apply(logProbs), [[Math.exp(0.5), 1, 1, 1]]);
  assertClose(metrics.take().largestLogRatio!, 0.5);
  assertClose(gradient(apply, logProbs), [[Math.exp(0.5), 0, 0, 0]]);
});

test("token: gradient", () => {
  const oldLogProbs = tf.tensor2d([
    [-1, -2],
    [-0.5, -0.1],
  ]);
  assertGradient(
    (x) => part.apply({ logProbs: x, oldLogProbs, mask: tf.ones([2, 2]) }),
    tf.tensor2d([
      [-0.9, -2.5],
      [-0.5, -1],
    ]),
  );
});

test("token: the same tensor as new and old has the gradient of the new one", () => {
  const logProbs = tf.tensor2d([[-1, -2]]);
  assertClose(
    gradient((x) => part.apply({ logProbs: x, oldLogProbs: x, mask: tf.ones([1, 2]) }), logProbs),
    [[1, 1]],
  );
});

test("token: unguarded, so a log ratio of 30 is 1e13 and one of 200 overflows", () => {
  // float32's relative rounding is 6e-8, so e^30 = 1.07e13 is right to about 1e6
  const d = tf.tensor2d([[30, -30, 200, -200]]);
  assertClose(
    part.apply({ logProbs: d, oldLogProbs: tf.zerosLike(d), mask: tf.onesLike(d) }),
    [[Math.exp(30), Math.exp(-30), Infinity, 0]],
    1e6,
  );
  assert.is(metrics.take().largestRatio, Infinity);
});

test("token: a tensor of another shape is refused", () => {
  assert.throws(
    () => part.apply({ logProbs: tf.zeros([2, 3]), oldLogProbs: tf.zeros([2, 4]), mask: tf.zeros([2, 3]) }),
    /oldLogProbs has shape \[2, 4\]/,
  );
});

test.run();
