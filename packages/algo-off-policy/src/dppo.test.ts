import * as tf from "@tensorflow/tfjs";
import { assertClose, assertGradient, createPart, gradient, leakedTensors } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { dppo } from "./dppo.ts";

const everywhere = (rows: number, columns: number, value: number) =>
  tf.tensor2d(Array.from({ length: rows }, () => Array<number>(columns).fill(value)));

const log = (rows: number[][]) => tf.tensor2d(rows.map((row) => row.map(Math.log)));
// π_old → π: 0.5 → 0.6, 0.5 → 0.7, 0.5 → 0.3, 0.01 → 0.1
const [old, now] = [log([[0.5, 0.5, 0.5, 0.01]]), log([[0.6, 0.7, 0.3, 0.1]])];
const ones = tf.ones<tf.Rank.R2>([1, 4]);
const batchOf = (advantages: number[], given: object = {}) => ({
  logProbs: now,
  oldLogProbs: old,
  refLogProbs: old,
  ratio: tf.exp(tf.sub(now, old)) as tf.Tensor2D, // 1.2, 1.4, 0.6, 10
  advantages: tf.tensor2d([advantages]),
  mask: ones,
  ...given,
});
const run = (options: object, batch: ReturnType<typeof batchOf>) => {
  const { part, metrics } = createPart(dppo, options);
  return { loss: part.apply(batch), metrics: metrics.take() };
};
const tv = { divergence: "tv", threshold: 0.15, cap: 20 };
const kl = { divergence: "kl", threshold: 0.05, cap: 20 };

test("dppo, tv: a token leaves where its probability moved too far along with the advantage", () => {
  // A > 0: 0.7 − 0.5 = 0.2 is too far. A ratio of 10 isn't: 0.1 − 0.01 = 0.09
  const up = run(tv, batchOf([1, 1, 1, 1]));
  assertClose(up.loss, [[-1.2 * Math.log(0.6), 0, -0.6 * Math.log(0.3), -10 * Math.log(0.1)]], 1e-5);
  assertClose(up.metrics.divergedFraction!, 0.25);
  // A < 0: 0.3 − 0.5 = −0.2
  assertClose(run(tv, batchOf([-1, -1, -2, -1])).loss, [[1.2 * Math.log(0.6), 1.4 * Math.log(0.7), 0, 10 * Math.log(0.1)]], 1e-5);
});

test("dppo, kl: the token's own KL, of it against all others", () => {
  // 0.5 → 0.6: 0.5 ln(0.5/0.6) + 0.5 ln(0.5/0.4) = 0.020411; 0.5 → 0.7 = 0.5 → 0.3: 0.087177; 0.01 → 0.1: 0.01 ln 0.1 + 0.99 ln(0.99/0.9) = 0.071333
  const { loss, metrics } = run(kl, batchOf([1, 1, 1, 1]));
  assertClose(loss, [[-1.2 * Math.log(0.6), 0, -0.6 * Math.log(0.3), 0]], 1e-5); // the third moved against its advantage
  assertClose(metrics.divergedFraction!, 0.5);
  assertClose(run({ ...kl, threshold: 0.0715 }, batchOf([1, 1, 1, 1])).metrics.divergedFraction!, 0.25);
});

test("dppo: the weight is capped", () => {
  const { loss, metrics } = run({ ...tv, cap: 2 }, batchOf([1, 1, 1, 1]));
  assertClose(loss, [[-1.2 * Math.log(0.6), 0, -0.6 * Math.log(0.3), -2 * Math.log(0.1)]], 1e-5);
  assertClose(metrics.cappedWeightFraction!, 0.25);
});

test("dppo: the gradient is −A·w·M, and none comes through the ratio", () => {
  const { part, metrics } = createPart(dppo, tv);
  const batch = batchOf([1, 1, -1, 1]);
  assertClose(
    gradient((logProbs) => part.apply({ ...batch, logProbs }), now),
    [[-1.2, 0, 0, -10]],
    1e-5,
  );
  assert.throws(() => gradient((ratio) => part.apply({ ...batch, ratio }), batch.ratio), /Cannot compute gradient/);
  assertGradient((logProbs) => part.apply({ ...batch, logProbs }), now);
  metrics.take();
});

test("dppo: what the padding holds changes nothing; a NaN inside stays one", () => {
  const mask = tf.tensor2d([[1, 0, 0, 0]]);
  const wild = tf.tensor2d([[Math.log(0.6), NaN, Infinity, -Infinity]]);
  const { part, metrics } = createPart(dppo, kl);
  const batch = batchOf([1, NaN, 1, 1], { mask, oldLogProbs: tf.tensor2d([[Math.log(0.5), NaN, -Infinity, Infinity]]) });
  const of = (logProbs: tf.Tensor2D) => part.apply({ ...batch, logProbs });
  assertClose(of(wild), [[-1.2 * Math.log(0.6), 0, 0, 0]], 1e-5);
  assertClose(gradient(of, wild), [[-1.2, 0, 0, 0]], 1e-5);
  assert.ok(Number.isNaN(run(kl, batchOf([1, 1, 1, 1], { logProbs: everywhere(1, 4, NaN) })).loss.arraySync()[0]![0]));
  assert.ok(Number.isNaN(run(tv, batchOf([1, 1, 1, 1], { oldLogProbs: everywhere(1, 4, NaN) })).loss.arraySync()[0]![0]));
  metrics.take();
});

test("dppo: leaks no tensor", () => {
  const { part, metrics } = createPart(dppo, kl);
  const batch = batchOf([1, -1, 0, 1]);
  const leaked = leakedTensors(() => {
    part.apply(batch).dispose();
    gradient((logProbs) => part.apply({ ...batch, logProbs }), now).dispose();
    metrics.take();
  });
  assert.is(leaked, 0);
});

test.run();
