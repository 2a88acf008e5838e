import * as tf from "@tensorflow/tfjs";
import { assertClose, assertGradient, createPart, gradient, leakedTensors } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { gmpoSurrogate } from "./gmpo-surrogate.ts";

const { part, metrics } = createPart(gmpoSurrogate, { low: 0.5, high: 0.25 });
/** log π_old is 0: log π is the log ratio. */
const lossOf = (d: tf.Tensor2D, advantages: tf.Tensor2D, mask: tf.Tensor2D = tf.ones(d.shape)) => {
  const zeros = tf.zeros<tf.Rank.R2>(d.shape);
  return part.apply({ ratio: zeros, advantages, logProbs: d, oldLogProbs: zeros, refLogProbs: zeros, mask });
};
test.after.each(() => void metrics.take());

test("gmpo: −A·exp of the mean log ratio, clipped above where A > 0 and below where A < 0, at every token", () => {
  // A = 2: 0.75 → 0.25, −1 stays: mean −0.375. A = −1: 0.75 stays, −1 → −0.5: mean 0.125
  const d = tf.tensor2d([
    [0.75, -1],
    [0.75, -1],
  ]);
  const advantages = tf.tensor2d([
    [2, 2],
    [-1, -1],
  ]);
  const [one, other] = [-2 * Math.exp(-0.375), Math.exp(0.125)];
  assertClose(lossOf(d, advantages), [
    [one, one],
    [other, other],
  ]);
  const recorded = metrics.take();
  assertClose(recorded.clipFractionHigh!, 0.25);
  assertClose(recorded.clipFractionLow!, 0.25);
  assertClose(recorded.clipFraction!, 0.5);
});

test("gmpo: the mean is over the response's own tokens", () => {
  // 0.25 of one token; of the other response (0.1 − 0.2 + 0)/3
  const d = tf.tensor2d([
    [0.25, 9, 9],
    [0.1, -0.2, 0],
  ]);
  const mask = tf.tensor2d([
    [1, 0, 0],
    [1, 1, 1],
  ]);
  const losses = lossOf(d, tf.ones([2, 3]), mask).arraySync() as number[][];
  assertClose(losses[0]![0]!, -Math.exp(0.25));
  losses[1]!.forEach((loss) => assertClose(loss, -Math.exp(-0.1 / 3)));
});

test("gmpo: advantages that vary within a response: their mean, each token clipped by its own sign, as in verl", () => {
  // A = (3, −1): Ā = 1; 0.75 → 0.25, −1 → −0.5: mean −0.125
  assertClose(lossOf(tf.tensor2d([[0.75, -1]]), tf.tensor2d([[3, -1]])), [[-Math.exp(-0.125), -Math.exp(-0.125)]]);
  // a token with A = 0 counts in T alone: Ā = 1, (0.2 + 0)/2
  assertClose(lossOf(tf.tensor2d([[0.2, 0.2]]), tf.tensor2d([[2, 0]])), [[-Math.exp(0.1), -Math.exp(0.1)]]);
});

test("gmpo: a clipped token has no gradient, the others share it", () => {
  const advantages = tf.tensor2d([[1, 1]]);
  const at = (x: tf.Tensor2D) => lossOf(x, advantages);
  // Σ_t L_t = −2 exp(mean): ∂/∂d of the unclipped token −exp((0.25 + 0.1)/2)
  assertClose(gradient(at, tf.tensor2d([[0.75, 0.1]])), [[0, -Math.exp(0.175)]]);
  assertGradient(at, tf.tensor2d([[0.1, -0.3]]));
  // at a bound exactly it passes
  assertClose(gradient(at, tf.tensor2d([[0.25, 0]])), [[-Math.exp(0.125), -Math.exp(0.125)]]);
});

test("gmpo: ignores what lies outside the mask, and a response without tokens has no loss", () => {
  const mask = tf.tensor2d([
    [1, 0],
    [0, 0],
  ]);
  const d = tf.tensor2d([
    [0.1, NaN],
    [Infinity, NaN],
  ]);
  const advantages = tf.tensor2d([
    [1, Infinity],
    [NaN, NaN],
  ]);
  const at = (x: tf.Tensor2D) => lossOf(x, advantages, mask);
  const [first, second] = at(d).arraySync() as number[][];
  assertClose(first![0]!, -Math.exp(0.1));
  assert.equal(second!.map(Math.abs), [0, 0]);
  // both columns hold the response's loss, and both of those are summed here
  assertClose(gradient(at, d), [
    [-2 * Math.exp(0.1), 0],
    [0, 0],
  ]);
});

test("gmpo: leaks no tensor", () => {
  const ones = tf.ones<tf.Rank.R2>([2, 3]);
  const batch = {
    ratio: ones,
    advantages: ones,
    logProbs: ones,
    oldLogProbs: ones,
    refLogProbs: ones,
    mask: tf.ones<tf.Rank.R2>([2, 3]),
  };
  const leaked = leakedTensors(() => {
    part.apply(batch).dispose();
    gradient((x) => part.apply({ ...batch, logProbs: x }), ones).dispose();
    metrics.take();
  });
  assert.is(leaked, 0);
});

test.run();
