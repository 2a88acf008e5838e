import * as tf from "@tensorflow/tfjs";
import { assertClose, createPart, leakedTensors } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { entropyQuantile } from "./entropy-quantile.ts";

const mask = tf.tensor2d([
  [1, 1, 1],
  [1, 1, 0],
  [0, 0, 0],
]);
const entropies = tf.tensor2d([
  [0.5, 4, 1],
  [3, 2, NaN],
  [9, Infinity, 9],
]);
const run = (share: number, given: object = {}) => {
  const { part, metrics } = createPart(entropyQuantile, { share });
  return { mask: part.apply({ entropies, mask, ...given }), metrics: metrics.take() };
};

test("entropy-quantile: tokens from the quantile up train, interpolated between two", () => {
  // sorted 0.5 1 2 3 4; share 0.2: rank 0.8·4 = 3.2, τ = 3 + 0.2·1 = 3.2
  const { mask: kept, metrics } = run(0.2);
  assertClose(kept, [0, 1, 0, 0, 0, 0, 0, 0, 0]);
  assertClose(metrics.entropyThreshold!, 3.2);
  // share 0.25: rank 3, τ = 3 itself, which trains
  assertClose(run(0.25).mask, [0, 1, 0, 1, 0, 0, 0, 0, 0]);
  // share 0.5: rank 2, τ = 2
  assertClose(run(0.5).mask, [0, 1, 0, 1, 1, 0, 0, 0, 0]);
});

test("entropy-quantile: all tokens, or those of the highest entropy", () => {
  assertClose(run(1).mask, mask.arraySync());
  assertClose(run(0).mask, [0, 1, 0, 0, 0, 0, 0, 0, 0]);
  assertClose(run(0.2, { entropies: tf.ones([3, 3]) }).mask, mask.arraySync()); // all equal
});

test("entropy-quantile: no token, and a NaN inside", () => {
  assertClose(run(0.2, { mask: tf.zeros([3, 3]) }).mask, tf.zeros([9]).arraySync());
  const broken = run(0.2, { entropies: tf.tensor2d([[NaN, 1, 2], [1, 2, 3], [1, 2, 3]]) }); // prettier-ignore
  assertClose(broken.mask, tf.zeros([9]).arraySync());
  assert.is(broken.metrics.nonFiniteEntropies, 1);
});

test("entropy-quantile: leaks no tensor", () => {
  const { part, metrics } = createPart(entropyQuantile);
  const leaked = leakedTensors(() => {
    part.apply({ entropies, mask }).dispose();
    metrics.take();
  });
  assert.is(leaked, 0);
});

test.run();
