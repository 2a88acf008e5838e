import * as tf from "@tensorflow/tfjs";
import type { AdvantageBatch } from "@rewardlab/core";
import { assertClose, createPart, leakedTensors } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { threeSigmaFilter } from "./three-sigma-filter.ts";

function filter(options: object, z: number[][], mask: number[][], returns?: number[][]) {
  const { part, metrics } = createPart(threeSigmaFilter, options);
  const result = part.apply(tf.tensor2d(z), {
    mask: tf.tensor2d(mask),
    returns: returns ? tf.tensor2d(returns) : null,
  } as AdvantageBatch);
  return { advantages: result.arraySync() as number[][], metrics: metrics.take() };
}
const official = { rule: "official-code" };

test("three-sigma-filter, paper: sets |z| > 3 to 0 and keeps the bound itself", () => {
  const { advantages, metrics } = filter(
    {},
    [
      [-15.97, 0.06, 3],
      [-3, 3.01, 99],
    ],
    [
      [1, 1, 1],
      [1, 1, 0],
    ],
  );
  assert.equal(
    advantages.map((row) => row.map((value) => Math.round(value * 100) / 100)),
    [
      [0, 0.06, 3],
      [-3, 0, 0],
    ],
  );
  // 2 of 5 tokens: one above, one below; the padding's 99 is not counted
  assertClose(
    [metrics.filteredFraction!, metrics.filteredFractionPositive!, metrics.filteredFractionNegative!].reduce((a, b) => a + b),
    0.8,
  );
  assertClose(metrics.filteredFractionPositive!, 0.2);
});

test("three-sigma-filter, paper: sigmas", () => {
  assert.equal(filter({ sigmas: 1 }, [[0.5, -2]], [[1, 1]]).advantages, [[0.5, 0]]);
});

test("three-sigma-filter, paper: infinities go, NaN stays NaN", () => {
  const { advantages, metrics } = filter({}, [[Infinity, -Infinity, NaN, NaN]], [[1, 1, 1, 0]]);
  assertClose(tf.tensor2d(advantages), [[0, 0, NaN, 0]]);
  assertClose(metrics.filteredFraction!, 2 / 3);
});

test("three-sigma-filter, official code: bounds around the raw mean let an outlier at z = 3.73 pass", () => {
  // mean of the returns 2.11 → [−0.89, 5.11]: 3.73 stays, −1 goes
  const { advantages } = filter(official, [[3.73, -1, 5.2]], [[1, 1, 1]], [[2.11, 2.11, 2.11]]);
  assertClose(tf.tensor2d(advantages), [[3.73, 0, 0]]);
});

test("three-sigma-filter, official code: with a raw mean of 2.5 every z = −1 goes, and is counted as negative", () => {
  // [−0.5, 5.5]
  const { advantages, metrics } = filter(official, [[-1, -1, 1, 1]], [[1, 1, 1, 1]], [[2, 2, 3, 3]]);
  assert.equal(advantages, [[0, 0, 1, 1]]);
  assertClose(metrics.filteredFractionNegative!, 0.5);
  assert.is(metrics.filteredFractionPositive, 0);
});

test("three-sigma-filter, official code: without a mean, nothing lies beyond its bounds, and that is counted", () => {
  // the mean of 2 and NaN is NaN, and z < NaN is false: as the code has it, −9 stays; |z| > 10 still goes
  const { advantages, metrics } = filter(official, [[-9, 11, 0]], [[1, 1, 0]], [[2, NaN, NaN]]);
  assert.equal(advantages, [[-9, 0, 0]]);
  assert.is(metrics.nonFiniteReturns, 1);
  assert.is(filter(official, [[-1, 1]], [[1, 1]], [[2, 1]]).metrics.nonFiniteReturns, 0);
});

test("three-sigma-filter, official code: |z| > 10, NaN and infinities go as well", () => {
  // mean 9 → [6, 12]
  const { advantages, metrics } = filter(official, [[11, 10, NaN, Infinity]], [[1, 1, 1, 1]], [[9, 9, 9, 9]]);
  assert.equal(advantages, [[0, 10, 0, 0]]);
  assertClose(metrics.filteredFraction!, 0.75);
});

test("three-sigma-filter, official code: the mean is that of response tokens alone", () => {
  const { advantages } = filter(official, [[4, -1, NaN]], [[1, 1, 0]], [[0, 2, NaN]]);
  // mean 1 → [−2, 4]
  assert.equal(advantages, [[4, -1, 0]]);
});

test("three-sigma-filter, official code: without returns it says what is missing", () => {
  assert.throws(() => filter(official, [[1]], [[1]]), /needs the returns before whitening/);
});

test("three-sigma-filter: an empty mask gives 0", () => {
  assert.equal(filter({}, [[NaN, 5]], [[0, 0]]).advantages, [[0, 0]]);
  assert.equal(filter(official, [[NaN, 5]], [[0, 0]], [[NaN, 5]]).advantages, [[0, 0]]);
});

test("three-sigma-filter: leaks no tensor", () => {
  const [z, mask, returns] = [tf.tensor2d([[1, 5]]), tf.tensor2d([[1, 1]]), tf.tensor2d([[0, 1]])];
  for (const options of [{}, official]) {
    const { part, metrics } = createPart(threeSigmaFilter, options);
    const leaked = leakedTensors(() => {
      part.apply(z, { mask, returns } as unknown as AdvantageBatch).dispose();
      metrics.take();
    });
    assert.is(leaked, 0);
  }
});

test("three-sigma-filter, official code: both bounds are within, and |z| > 10 goes on either side", () => {
  // mean 1 → [−2, 4]
  assert.equal(filter(official, [[4, -2]], [[1, 1]], [[0, 2]]).advantages, [[4, -2]]);
  assert.equal(filter(official, [[4.25, -2.25]], [[1, 1]], [[0, 2]]).advantages, [[0, 0]]);
  // no mean: only |z| ≤ 10 is asked for
  assert.equal(filter(official, [[-11, 11, -10, 10]], [[1, 1, 1, 1]], [[NaN, 1, 1, 1]]).advantages, [[0, 0, -10, 10]]);
});

test("three-sigma-filter: what is counted: response tokens alone, and by the sign of z", () => {
  // mean 9 → [6, 12]: z = −0.5, 0, 0.5 all go, and so would the padding's 0
  const { metrics } = filter(official, [[-0.5, 0, 0.5, 7]], [[1, 1, 1, 0]], [[9, 9, 9, 9]]);
  assertClose(metrics.filteredFraction!, 1);
  assertClose(metrics.filteredFractionPositive!, 1 / 3);
  assertClose(metrics.filteredFractionNegative!, 1 / 3);
  assertClose(filter(official, [[7, 7]], [[1, 0]], [[9, 9]]).metrics.filteredFraction!, 0);
});

test("three-sigma-filter: only the official code's rule looks at the whole batch", () => {
  assert.is(createPart(threeSigmaFilter, official).part.comparesBatch, true);
  assert.is(createPart(threeSigmaFilter, {}).part.comparesBatch, false);
});

test.run();
