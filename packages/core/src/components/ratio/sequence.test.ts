import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertClose, assertGradient, createPart, gradient } from "../../testing/tensors.ts";
import { sequenceRatio } from "./sequence.ts";

const { part, metrics } = createPart(sequenceRatio);
const apply = (mask: tf.Tensor2D) => (logProbs: tf.Tensor2D) =>
  part.apply({ logProbs, oldLogProbs: tf.zerosLike(logProbs), mask });
test.after.each(() => void metrics.take());

test("sequence: exp of the response's mean log ratio, at every position", () => {
  // row 1: (0.2 + 0.4) / 2 = 0.3; row 2: 0.5 / 1; row 3 has no token: exp(0) = 1
  const mask = tf.tensor2d([
    [1, 1, 0],
    [1, 0, 0],
    [0, 0, 0],
  ]);
  const d = tf.tensor2d([
    [0.2, 0.4, NaN],
    [0.5, Infinity, -200],
    [9, 9, 9],
  ]);
  const [first, second] = [Math.exp(0.3), Math.exp(0.5)];
  assertClose(apply(mask)(d), [
    [first, first, first],
    [second, second, second],
    [1, 1, 1],
  ]);
});

test("sequence: the gradient of each token is s/|y| for every position that is summed", () => {
  // Σ_t ρ_t over the row's 3 positions = 3 s; ∂s/∂lp_t = s/2 on the two response tokens: 3·s/2
  const s = Math.exp(0.3);
  assertClose(gradient(apply(tf.tensor2d([[1, 1, 0]])), tf.tensor2d([[0.2, 0.4, NaN]])), [[1.5 * s, 1.5 * s, 0]]);
  assertGradient(
    apply(
      tf.tensor2d([
        [1, 1, 1],
        [1, 1, 0],
      ]),
    ),
    tf.tensor2d([
      [0.2, -0.4, 0.1],
      [0.3, 0.2, 0],
    ]),
  );
});

test("sequence: with over: sum it is the product of the token ratios", () => {
  const { part: product, metrics: of } = createPart(sequenceRatio, { over: "sum" });
  const mask = tf.tensor2d([[1, 1, 0]]);
  const ratio = (x: tf.Tensor2D) => product.apply({ logProbs: x, oldLogProbs: tf.zerosLike(x), mask });
  const d = tf.tensor2d([[0.2, 0.4, NaN]]);
  const s = Math.exp(0.6);
  assertClose(ratio(d), [[s, s, s]]);
  assertClose(gradient(ratio, d), [[3 * s, 3 * s, 0]]); // Σ_t ρ_t over the row's 3 positions, ∂s/∂lp_t = s
  assertGradient(ratio, tf.tensor2d([[0.2, -0.4, 0]]));
  of.take();
});

test("sequence: one wild token among many is averaged out", () => {
  // (200 + 9·0)/10 = 20: finite, where the token ratio overflows
  const d = tf.tensor2d([[200, 0, 0, 0, 0, 0, 0, 0, 0, 0]]);
  assertClose(tf.slice(apply(tf.onesLike(d))(d), [0, 0], [1, 1]), [[Math.exp(20)]], 50);
  assert.is(metrics.take().largestLogRatio, 200);
});

test.run();
