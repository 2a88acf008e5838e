import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import { assertClose, createPart, gradient } from "../../testing/tensors.ts";
import { sequenceTokenRatio } from "./sequence-token.ts";
import { sequenceRatio } from "./sequence.ts";

const { part, metrics } = createPart(sequenceTokenRatio);
const plain = createPart(sequenceRatio).part;
const mask = tf.tensor2d([[1, 1, 0]]);
const d = tf.tensor2d([[0.2, 0.4, NaN]]);
const s = Math.exp(0.3); // (0.2 + 0.4) / 2
const batch = (logProbs: tf.Tensor2D) => ({ logProbs, oldLogProbs: tf.zerosLike(logProbs), mask });
test.after.each(() => void metrics.take());

test("sequence-token: has the values of sequence", () => {
  assertClose(part.apply(batch(d)), [[s, s, s]]);
});

test("sequence-token: the gradient of each token is s, its own alone", () => {
  assertClose(
    gradient((x) => part.apply(batch(x)), d),
    [[s, s, 0]],
  );
});

test("sequence-token: with one advantage per response, a token mean gives sequence's gradient; with several it doesn't", () => {
  // plain: s/2 · (A₁ + A₂)/2 at both tokens; token form: A_t s/2
  const mean = (ratio: typeof part, a: number[][]) => (x: tf.Tensor2D) =>
    tf.div(tf.sum(tf.mul(tf.mul(ratio.apply(batch(x)), tf.tensor2d(a)), mask)), 2);
  assertClose(gradient(mean(part, [[3, 3, 0]]), d), [[1.5 * s, 1.5 * s, 0]]);
  assertClose(gradient(mean(plain, [[3, 3, 0]]), d), [[1.5 * s, 1.5 * s, 0]]);
  assertClose(gradient(mean(part, [[1, 5, 0]]), d), [[0.5 * s, 2.5 * s, 0]]);
  assertClose(gradient(mean(plain, [[1, 5, 0]]), d), [[1.5 * s, 1.5 * s, 0]]);
});

test("sequence-token: largestLog bounds the value and takes the gradient away beyond it", () => {
  const bounded = createPart(sequenceTokenRatio, { largestLog: 10 }).part;
  const apply = (x: tf.Tensor2D) => bounded.apply({ logProbs: x, oldLogProbs: tf.zerosLike(x), mask: tf.ones(x.shape) });
  // rows of one token: d = ±200 and ±30
  const wild = tf.tensor2d([[200], [-200], [30], [-30]]);
  assertClose(apply(wild), [[Math.exp(10)], [0], [Math.exp(10)], [Math.exp(-30)]], 1e-2);
  assertClose(gradient(apply, wild), [[0], [0], [0], [Math.exp(-30)]]);
});

test.run();
