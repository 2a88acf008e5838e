import * as tf from "@tensorflow/tfjs";
import { assertClose, createPart, leakedTensors } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { offPolicyMask } from "./off-policy-mask.ts";
import { sequenceRejection } from "./sequence-rejection.ts";

const everywhere = (rows: number, columns: number, value: number) =>
  tf.tensor2d(Array.from({ length: rows }, () => Array<number>(columns).fill(value)));

const mask = tf.tensor2d([
  [1, 1, 0],
  [1, 0, 0],
  [0, 0, 0],
]);
const zeros = tf.zeros<tf.Rank.R2>([3, 3]);
const made = (component: typeof offPolicyMask, options: object, given: object) => {
  const { part, metrics } = createPart(component, options);
  const result = part.apply({
    oldLogProbs: zeros,
    rolloutLogProbs: zeros,
    logProbs: zeros,
    advantages: everywhere(3, 3, -1),
    mask,
    ...given,
  });
  return { ...result, metrics: metrics.take() };
};
const rows = (...values: number[][]) => tf.tensor2d(values);

test("sequence-rejection: a response stays where the mean of e^d − 1 − d is at most the limit", () => {
  // d = ln 2, 0: (2 − 1 − ln 2 + 0) / 2 = 0.153426.   d = −1: e⁻¹ − 1 + 1 = 0.367879
  const oldLogProbs = rows([Math.LN2, 0, NaN], [-1, Infinity, 9], [NaN, NaN, NaN]);
  const kept = (limit: number) => made(sequenceRejection, { limit }, { oldLogProbs });
  assertClose(kept(0.1).mask, [0, 0, 0, 0, 0, 0, 0, 0, 0]);
  assertClose(kept(0.2).mask, [1, 1, 0, 0, 0, 0, 0, 0, 0]);
  assertClose(kept(0.4).mask, mask.arraySync());
  assertClose(kept(0.1).weights, mask.arraySync()); // the mask drops, the weights say nothing
  const { rejectedResponses, largestMeanK3, nonFiniteMeanK3 } = kept(0.2).metrics;
  assertClose(rejectedResponses!, 0.5); // of two responses; one without tokens is none
  assertClose(largestMeanK3!, Math.exp(-1));
  assert.is(nonFiniteMeanK3, 0);
});

test("sequence-rejection: a response whose KL is NaN is rejected and counted", () => {
  const { mask: kept, metrics } = made(
    sequenceRejection,
    { limit: 100 },
    { oldLogProbs: rows([0, NaN, 0], [0, 0, 0], [0, 0, 0]) },
  );
  assertClose(kept, [0, 0, 0, 1, 0, 0, 0, 0, 0]);
  assert.is(metrics.nonFiniteMeanK3, 1);
});

test("sequence-rejection: log ratios of ±200 are rejected, not infinite", () => {
  const { mask: kept, metrics } = made(sequenceRejection, {}, { oldLogProbs: rows([200, 0, 0], [-200, 0, 0], [0, 0, 0]) });
  assertClose(kept, tf.zeros([9]).arraySync());
  assertClose(metrics.largestMeanK3! / ((Math.exp(20) - 21) / 2), 1, 1e-6); // (e²⁰ − 1 − 20 + 0) / 2
});

test("off-policy-mask: bad responses that the policy left are dropped, good tokens never", () => {
  // log π_rollout − log π: 1 and 0.5, mean 0.75; −2
  const logProbs = rows([-1, -0.5, NaN], [2, Infinity, NaN], [NaN, NaN, NaN]);
  const kept = (delta: number, advantages?: tf.Tensor2D) =>
    made(offPolicyMask, { delta }, { logProbs, ...(advantages && { advantages }) });
  assertClose(kept(0.7).mask, [0, 0, 0, 1, 0, 0, 0, 0, 0]);
  assertClose(kept(0.75).mask, mask.arraySync());
  assertClose(kept(0.7, rows([0, -1, 0], [-1, NaN, 1], [1, 1, 1])).mask, [1, 0, 0, 1, 0, 0, 0, 0, 0]); // A = 0 is not bad
  assertClose(kept(0.7).weights, mask.arraySync());
  assertClose(kept(0.7).metrics.offPolicyMaskedFraction!, 2 / 3);
});

test("off-policy-mask: the distance is from the sampler's probabilities, not the trainer's", () => {
  const far = rows([1, 1, 0], [1, 0, 0], [0, 0, 0]);
  assertClose(made(offPolicyMask, {}, { oldLogProbs: far }).mask, mask.arraySync());
  assertClose(made(offPolicyMask, {}, { rolloutLogProbs: far }).mask, tf.zeros([9]).arraySync());
});

test("off-policy-mask: a NaN is no evidence, and is counted", () => {
  const logProbs = rows([NaN, -0.5, 0], [0, 0, 0], [0, 0, 0]); // the mean is 0.25
  const { mask: kept, metrics } = made(offPolicyMask, { delta: 0.3 }, { logProbs });
  assertClose(kept, mask.arraySync());
  assert.is(metrics.nonFiniteOffPolicyTokens, 1);
});

test("rejections: leak no tensor", () => {
  const given = { oldLogProbs: zeros, rolloutLogProbs: zeros, logProbs: zeros, advantages: zeros, mask };
  const leaked = leakedTensors(() => {
    for (const component of [sequenceRejection, offPolicyMask]) {
      const { part, metrics } = createPart(component);
      const result = part.apply(given);
      tf.dispose([result.weights, result.mask]);
      metrics.take();
    }
  });
  assert.is(leaked, 0);
});

test.run();
