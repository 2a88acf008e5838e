import * as tf from "@tensorflow/tfjs";
import { assertClose, assertGradient, createPart, gradient, leakedTensors } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { preClip } from "./pre-clip.ts";

const { part, metrics } = createPart(preClip);
const at = (d: tf.Tensor2D, mask: tf.Tensor2D = tf.ones(d.shape), ratio = part) =>
  ratio.apply({ logProbs: d, oldLogProbs: tf.zeros(d.shape), mask });
test.after.each(() => void metrics.take());

test("pre-clip: the ratio between low and high is untouched, beyond it is held", () => {
  // δ = [1e-3, 1e3], ln = ∓6.907755: d = 0.5 and −6 stay, 7 → 1000, −7 → 0.001
  assertClose(at(tf.tensor2d([[0.5, -6, 7, -7]])), [[Math.exp(0.5), Math.exp(-6), 1000, 0.001]], 1e-3);
  const recorded = metrics.take();
  assertClose(recorded.preClippedFraction!, 0.5);
  assertClose(recorded.largestLogRatio!, 7);
  assertClose(recorded.largestRatio!, 1000, 1e-3);
});

test("pre-clip: log ratios of ±30 and ±200 are finite, with gradient 0", () => {
  const wild = tf.tensor2d([[30, -30, 200, -200, Infinity, -Infinity]]);
  assertClose(at(wild), [[1000, 0.001, 1000, 0.001, 1000, 0.001]], 1e-3);
  assertClose(
    gradient((x) => at(x), wild),
    [[0, 0, 0, 0, 0, 0]],
  );
});

test("pre-clip: gradient ρ inside and at the bounds", () => {
  const narrow = createPart(preClip, { low: 0.5, high: 2 }).part;
  const bound = Math.fround(Math.LN2);
  assertClose(
    gradient((x) => at(x, undefined, narrow), tf.tensor2d([[0.1, bound, -bound, 0.7]])),
    [[Math.exp(0.1), 2, 0.5, 0]],
  );
  assertGradient((x) => at(x), tf.tensor2d([[0.1, -2, 1.5]]));
});

test("pre-clip: ignores what lies outside the mask", () => {
  const mask = tf.tensor2d([[1, 0, 0]]);
  const d = tf.tensor2d([[1, NaN, Infinity]]);
  assertClose(at(d, mask), [[Math.E, 1, 1]]);
  assert.is(metrics.take().preClippedFraction, 0);
  assertClose(
    gradient((x) => at(x, mask), d),
    [[Math.E, 0, 0]],
  );
});

test("pre-clip: leaks no tensor", () => {
  const batch = {
    logProbs: tf.zeros<tf.Rank.R2>([2, 3]),
    oldLogProbs: tf.zeros<tf.Rank.R2>([2, 3]),
    mask: tf.ones<tf.Rank.R2>([2, 3]),
  };
  const leaked = leakedTensors(() => {
    part.apply(batch).dispose();
    gradient((x) => part.apply({ ...batch, logProbs: x }), batch.logProbs).dispose();
    metrics.take();
  });
  assert.is(leaked, 0);
});

test("pre-clip: a log ratio at a bound is within, and is not counted as clipped", () => {
  const narrow = createPart(preClip, { low: 0.5, high: 2 });
  const bound = Math.fround(Math.LN2);
  at(tf.tensor2d([[bound, -bound, 0.7, -0.7]]), undefined, narrow.part);
  assert.is(narrow.metrics.take().preClippedFraction, 0.5);
});

test("pre-clip: the bounds lie on both sides of 1, and may be 1", () => {
  createPart(preClip, { low: 1, high: 1 });
  assert.throws(() => createPart(preClip, { low: 1.5 }), /low/);
  assert.throws(() => createPart(preClip, { low: 0 }), /low/);
  assert.throws(() => createPart(preClip, { high: 0.5 }), /high/);
});

test.run();
