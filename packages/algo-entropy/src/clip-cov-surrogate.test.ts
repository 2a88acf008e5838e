import * as tf from "@tensorflow/tfjs";
import { assertClose, assertGradient, createPart, gradient, leakedTensors } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { clipCovSurrogate } from "./clip-cov-surrogate.ts";

/** A quarter of the tokens, of those with a covariance between 0.5 and 5. */
const { part, metrics } = createPart(clipCovSurrogate, { ratio: 0.25, low: 0.5, high: 5 });
test.after.each(() => void metrics.take());

// A mean 0, log π mean −2: covariances 1, −1, 1, −1 │ 2, −2, 0, 0
const advantages = [
  [1, 1, -1, -1],
  [2, -2, 0, 0],
];
const logProbs = [
  [-1, -3, -3, -1],
  [-1, -1, -3, -3],
];
const draws = [
  [0.5, 0, 0.25, 0],
  [0.75, 0, 0, 0],
];
const ones = [
  [1, 1, 1, 1],
  [1, 1, 1, 1],
];
interface Given {
  readonly ratio?: number[][];
  readonly advantages?: number[][];
  readonly logProbs?: number[][];
  readonly draws?: number[][];
  readonly mask?: number[][];
}
const batchOf = (given: Given = {}) => {
  const log = tf.tensor2d(given.logProbs ?? logProbs);
  return {
    ratio: tf.tensor2d(given.ratio ?? ones),
    advantages: tf.tensor2d(given.advantages ?? advantages),
    logProbs: log,
    oldLogProbs: log,
    refLogProbs: log,
    draws: tf.tensor2d(given.draws ?? draws),
    mask: tf.tensor2d(given.mask ?? ones),
  };
};
const lossOf = (given: Given, surrogate = part) => surrogate.apply(batchOf(given));

test("clip-cov: of the tokens with a covariance between the bounds, those with the lowest draws have no loss", () => {
  // candidates: covariances 1, 1, 2 with draws 0.5, 0.25, 0.75; k = ⌊8/4⌋ = 2
  assertClose(lossOf({}), [
    [0, -1, 0, 1],
    [-2, 2, 0, 0],
  ]);
  const recorded = metrics.take();
  assertClose(recorded.covarianceCandidates!, 3 / 8);
  assertClose(recorded.covarianceClipFraction!, 2 / 8);
  assertClose(recorded.clipFraction!, 0);
});

test("clip-cov: a bound itself is outside; where the candidates are fewer, all of them go; at least one is drawn", () => {
  const between = createPart(clipCovSurrogate, { ratio: 1, low: 1, high: 5 }).part; // covariances of 1 are not above 1
  assertClose(lossOf({}, between), [
    [-1, -1, 1, 1],
    [0, 2, 0, 0],
  ]);
  const one = createPart(clipCovSurrogate, { ratio: 1e-3, low: 0.5, high: 2 }).part; // 2 is not below 2; k = max(⌊0.008⌋, 1)
  assertClose(lossOf({}, one), [
    [-1, -1, 0, 1],
    [-2, 2, 0, 0],
  ]);
});

test("clip-cov: PPO's clip as ever, and a token that it clips can't be drawn", () => {
  // token 0: A = 1, ρ = 1.5 → clipped to −1.2; the draw then falls on covariances 1 and 2 of draws 0.25 and 0.75
  const ratio = [
    [1.5, 1.1, 1, 0.5],
    [1, 1, 1, 1],
  ];
  assertClose(lossOf({ ratio }), [
    [-1.2, -1.1, 0, 0.8],
    [0, 2, 0, 0],
  ]);
  assertClose(metrics.take().clipFraction!, 2 / 8);
});

test("clip-cov: a drawn token has no gradient, the others theirs; none goes through the covariance", () => {
  const batch = batchOf();
  const at = (x: tf.Tensor2D) => part.apply({ ...batch, ratio: x });
  assertClose(gradient(at, batch.ratio), [
    [0, -1, 0, 1],
    [-2, 2, 0, 0],
  ]);
  const ratio = tf.tensor2d([
    [1.5, 1.1, 1, 0.9],
    [1, 0.5, 1, 1],
  ]);
  assertGradient(at, ratio);
  assertClose(
    gradient((x) => tf.add(part.apply({ ...batch, logProbs: x }), tf.mul(x, 0)), batch.logProbs),
    ones.map((row) => row.map(() => 0)),
  );
});

test("clip-cov: ignores what lies outside the mask, in the means as well", () => {
  const wide = (rows: number[][], value: number) => rows.map((row) => [...row, value]);
  const mask = wide(ones, 0);
  const given = {
    ratio: wide(ones, NaN),
    advantages: wide(advantages, Infinity),
    logProbs: wide(logProbs, NaN),
    draws: wide(draws, NaN),
    mask,
  };
  const inside = tf.slice(lossOf(given), [0, 0], [2, 4]);
  assertClose(inside, [
    [0, -1, 0, 1],
    [-2, 2, 0, 0],
  ]);
  assertClose(metrics.take().covarianceClipFraction!, 2 / 8);
});

test("clip-cov: without tokens nothing is drawn; a NaN is counted, and draws nothing", () => {
  const none = ones.map((row) => row.map(() => 0));
  lossOf({ mask: none });
  assert.is(metrics.take().covarianceClipFraction, 0);
  lossOf({ logProbs: [[NaN, -3, -3, -1], logProbs[1]!] });
  const recorded = metrics.take();
  assert.is(recorded.nonFiniteCovariances, 8);
  assert.is(recorded.covarianceClipFraction, 0);
});

test("clip-cov: the count is that of float64: ⌊0.29 · 100⌋ = 28", () => {
  const { part: many, metrics: counted } = createPart(clipCovSurrogate, { ratio: 0.29, low: 0.5, high: 5 });
  const row = (value: (token: number) => number) => [Array.from({ length: 100 }, (_, token) => value(token))];
  // half with A = 1 and log π above its mean, half with both below: every covariance is 1
  const sign = (token: number) => (token < 50 ? 1 : -1);
  many
    .apply(
      batchOf({
        ratio: row(() => 1),
        advantages: row(sign),
        logProbs: row((token) => sign(token) - 2),
        draws: row((token) => token / 100),
        mask: row(() => 1),
      }),
    )
    .dispose();
  assertClose(counted.take().covarianceClipFraction!, 0.28);
});

test("clip-cov: bounds between which nothing lies are refused", () => {
  assert.ok(clipCovSurrogate.checks![0]!.find({ low: 2, high: 2 }).length === 1);
  assert.equal(clipCovSurrogate.checks![0]!.find({ low: 1, high: 2 }), []);
});

test("clip-cov: leaks no tensor", () => {
  const batch = batchOf();
  const leaked = leakedTensors(() => {
    part.apply(batch).dispose();
    gradient((x) => part.apply({ ...batch, ratio: x }), batch.ratio).dispose();
    metrics.take();
  });
  assert.is(leaked, 0);
});

test.run();
