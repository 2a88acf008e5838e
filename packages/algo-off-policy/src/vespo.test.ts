import * as tf from "@tensorflow/tfjs";
import { assertClose, createPart, gradient, leakedTensors } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { vespo } from "./vespo.ts";

const everywhere = (rows: number, columns: number, value: number) =>
  tf.tensor2d(Array.from({ length: rows }, () => Array<number>(columns).fill(value)));

// ratios 2 and 0.5, then 3: W = 1 and 3
const ratio = tf.tensor2d([
  [2, 0.5, NaN],
  [3, Infinity, 0],
]);
const batch = {
  logProbs: tf.tensor2d([
    [-1, -2, NaN],
    [-3, Infinity, NaN],
  ]),
  oldLogProbs: tf.zeros<tf.Rank.R2>([2, 3]),
  refLogProbs: tf.zeros<tf.Rank.R2>([2, 3]),
  ratio,
  advantages: tf.tensor2d([
    [1, -1, NaN],
    [2, NaN, 1],
  ]),
  mask: tf.tensor2d([
    [1, 1, 0],
    [1, 0, 0],
  ]),
};
const run = (options: object, given: object = {}) => {
  const { part, metrics } = createPart(vespo, options);
  return { loss: part.apply({ ...batch, ...given }), metrics: metrics.take() };
};

test("vespo: φ is 1 where the response's ratio is, and e^(λ + k ln W − λW) elsewhere", () => {
  // −φ A lp: 1·1·1, −1·(−1)·(−2); A = 2, W = 3: φ = e^(3 + 2 ln 3 − 9) = 9 e⁻⁶, 2·3·φ
  const phi = 9 * Math.exp(-6);
  const { loss, metrics } = run({});
  assertClose(loss, [
    [1, -2, 0],
    [6 * phi, 0, 0],
  ]);
  assertClose(metrics.vespoWeight!, (2 + phi) / 3);
});

test("vespo: k and λ by the sign of the advantage, or one for both", () => {
  const advantages = tf.neg(batch.advantages);
  // A = −2: k = 3, λ = 2: φ = e^(2 + 3 ln 3 − 6) = 27 e⁻⁴
  assertClose(run({}, { advantages }).loss.arraySync()[1]![0]!, -6 * 27 * Math.exp(-4), 1e-5);
  // k = λ = 1: φ = e^(1 + ln 3 − 3) = 3 e⁻²
  assertClose(run({ k: 1, lambda: 1 }, { advantages }).loss.arraySync()[1]![0]!, -6 * 3 * Math.exp(-2), 1e-5);
  assertClose(run({ k: { positive: 1 }, lambda: { positive: 1 } }).loss.arraySync()[1]![0]!, 6 * 3 * Math.exp(-2), 1e-5);
  // A = 0 counts as good, with loss 0; a λ of 0 is 1e-4
  assertClose(run({ k: 0, lambda: 0 }).loss.arraySync()[1]![0]!, 6 * Math.exp(-2e-4), 1e-5);
  assert.throws(() => createPart(vespo, { k: "two" }), /expected a number of 0 or more, or \{ positive, negative \}/);
});

test("vespo: ratios beyond e^±20, and their product beyond 1e-8 and e²⁰, are bounded", () => {
  const far = tf.tensor2d([
    [0, 1, 1],
    [Infinity, 1, 1],
  ]);
  const { loss, metrics } = run({}, { ratio: far });
  // W = 1e-8: φ = e^(3 − 2·18.42…) = e³·1e-16 of the good token, e²·1e-24 of the bad; W = e²⁰: φ = 0
  assertClose(loss, [
    [0, 0, 0],
    [0, 0, 0],
  ]);
  assertClose(metrics.vespoClampedFraction!, 2 / 3); // e⁻²⁰ is below 1e-8; e²⁰ is the bound itself
});

test("vespo: the gradient is −φA, and none comes through φ", () => {
  const { part, metrics } = createPart(vespo);
  assertClose(
    gradient((logProbs) => part.apply({ ...batch, logProbs }), batch.logProbs),
    [
      [-1, 1, 0],
      [-2 * 9 * Math.exp(-6), 0, 0],
    ],
  );
  assert.throws(() => gradient((x) => part.apply({ ...batch, ratio: x }), ratio), /Cannot compute gradient/);
  metrics.take();
});

test("vespo: a NaN ratio stays one", () => {
  assert.ok(Number.isNaN(run({}, { ratio: everywhere(2, 3, NaN) }).loss.arraySync()[0]![0]));
});

test("vespo: leaks no tensor", () => {
  const { part, metrics } = createPart(vespo);
  const leaked = leakedTensors(() => {
    part.apply(batch).dispose();
    gradient((logProbs) => part.apply({ ...batch, logProbs }), batch.logProbs).dispose();
    metrics.take();
  });
  assert.is(leaked, 0);
});

test.run();
