import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { klK3 } from "../components/kl/k3.ts";
import { klK1 } from "../components/kl/k1.ts";
import { discountedReturn } from "../components/advantage/discounted-return.ts";
import { spread } from "../components/advantage/spread.ts";
import { scoreClip } from "../components/advantage/score-clip.ts";
import { whiten } from "../components/advantage/whiten.ts";
import { sequenceMean } from "../components/aggregate/sequence-mean.ts";
import { tokenMean } from "../components/aggregate/token-mean.ts";
import { clampedRatio } from "../components/ratio/clamped.ts";
import { clipSurrogate } from "../components/surrogate/clip.ts";
import { advantageChain, batchTotals, klPenalty, policyLoss } from "./policy-loss.ts";
import type { PolicyLossBatch } from "./policy-loss.ts";
import { assertClose, assertGradient, createPart, gradient, leakedTensors } from "../testing/tensors.ts";

const [ratio, surrogate] = [createPart(clampedRatio), createPart(clipSurrogate)];
const parts = { ratio: ratio.part, surrogate: surrogate.part, aggregate: createPart(tokenMean).part };
const take = () => [ratio, surrogate].forEach(({ metrics }) => metrics.take());
test.after.each(take);

// two responses of 2 and 1 tokens, rubbish in the padding
const rows = [
  [1, 1, 0],
  [1, 0, 0],
];
const totals = batchTotals(rows);
const batch: PolicyLossBatch = {
  logProbs: tf.tensor2d([
    [-1 + Math.log(1.5), -2, NaN],
    [-1 + Math.log(0.5), -Infinity, 3],
  ]), // ratios 1.5, 1 and 0.5
  oldLogProbs: tf.tensor2d([
    [-1, -2, NaN],
    [-1, 7, Infinity],
  ]),
  refLogProbs: tf.tensor2d([
    [-1, -2, -Infinity],
    [-1, NaN, 0],
  ]),
  advantages: tf.tensor2d([
    [2, 1, NaN],
    [-2, Infinity, 1],
  ]),
  mask: tf.tensor2d(rows),
};

test("policyLoss: ratio, surrogate and aggregate in turn", () => {
  // ratios 1.5, 1, 0.5 with A 2, 1, −2: −2.4, −1, 1.6; mean over 3 tokens: −0.6
  const { loss, tokenLoss } = policyLoss(parts, batch, totals);
  assertClose(tokenLoss, [
    [-2.4, -1, 0],
    [1.6, 0, 0],
  ]);
  assertClose(loss, -0.6);
});

test("policyLoss: gradient in the log-probabilities", () => {
  // ∂L/∂lp = −A ρ / 3 where it is not clipped away: only token 2: −1/3
  assertClose(
    gradient((x) => policyLoss(parts, { ...batch, logProbs: x }, totals).loss, batch.logProbs),
    [
      [0, -1 / 3, 0],
      [0, 0, 0],
    ],
  );
});

test("policyLoss: the KL term is aggregated the same way and added", () => {
  // k3 of x = ln 1.5, 0, ln 0.5: 1/1.5 − 1 + 0.405465 = 0.072132; 0; 2 − 1 − 0.693147 = 0.306853
  // sequence-mean: policy ((−2.4 − 1)/2 + 1.6)/2 = −0.05; KL ((0.072132 + 0)/2 + 0.306853)/2 = 0.171459; β = 0.1
  const aggregate = createPart(sequenceMean).part;
  const { loss } = policyLoss({ ...parts, aggregate, klTerm: { kl: createPart(klK3).part, coefficient: 0.1 } }, batch, totals);
  assertClose(loss, -0.05 + 0.1 * 0.171459);
});

test("policyLoss: gradient of the whole against central differences", () => {
  const finite: PolicyLossBatch = {
    logProbs: tf.tensor2d([
      [-0.9, -2.3],
      [-1.1, -0.5],
    ]),
    oldLogProbs: tf.tensor2d([
      [-1, -2],
      [-1, -0.7],
    ]),
    refLogProbs: tf.tensor2d([
      [-1.5, -1],
      [-1, -0.2],
    ]),
    advantages: tf.tensor2d([
      [2, 1],
      [-2, -1],
    ]),
    mask: tf.ones([2, 2]),
  };
  const withKl = { ...parts, klTerm: { kl: createPart(klK3).part, coefficient: 0.3 } };
  assertGradient(
    (x) =>
      policyLoss(
        withKl,
        { ...finite, logProbs: x },
        batchTotals([
          [1, 1],
          [1, 1],
        ]),
      ).loss,
    finite.logProbs,
  );
});

test("policyLoss: micro-batches add up, KL term included", () => {
  const withKl = { ...parts, klTerm: { kl: createPart(klK3).part, coefficient: 0.3 } };
  const row = (start: number) =>
    Object.fromEntries(
      Object.entries(batch).map(([name, x]) => [name, tf.slice(x, [start, 0], [1, 3])]),
    ) as unknown as PolicyLossBatch;
  const losses = [0, 1].map((start) => policyLoss(withKl, row(start), totals).loss);
  assertClose(tf.addN(losses), policyLoss(withKl, batch, totals).loss.arraySync());
});

test("policyLoss: log ratios of ±200 inside the mask stay finite with a guarded ratio", () => {
  const wild = {
    ...batch,
    logProbs: tf.tensor2d([
      [-200, 0, 0],
      [200, 0, 0],
    ]),
    oldLogProbs: tf.zeros([2, 3]) as tf.Tensor2D,
  };
  const { loss } = policyLoss(parts, wild, totals);
  // A = 2, ρ = e^−20: −2ρ ≈ 0;  A = 1, ρ = 1: −1;  A = −2, ρ = e^20: 2 e^20 = 9.7e8, the mean of three; float32 holds it to 32
  assertClose(loss, (2 * Math.exp(20) - 1) / 3, 64);
  assertClose(
    gradient((x) => policyLoss(parts, { ...wild, logProbs: x }, totals).loss, wild.logProbs),
    [
      [0, -1 / 3, 0],
      [0, 0, 0],
    ],
  );
});

test("policyLoss: a wrong shape is refused by name", () => {
  assert.throws(
    () => policyLoss(parts, { ...batch, advantages: tf.zeros([2, 2]) }, totals),
    /policy loss: advantages has shape \[2, 2\]/,
  );
});

test("klPenalty: β times the estimate on response tokens", () => {
  assertClose(klPenalty({ kl: createPart(klK1).part, coefficient: 2 }, batch), [
    [2 * Math.log(1.5), 0, 0],
    [2 * Math.log(0.5), 0, 0],
  ]);
});

test("klPenalty: a wrong shape is refused by name", () => {
  assert.throws(
    () => klPenalty({ kl: createPart(klK1).part, coefficient: 2 }, { ...batch, mask: tf.ones([2, 1]) }),
    /KL penalty: mask has shape \[2, 1\], expected T = 3/,
  );
});

test("batchTotals: tokens, responses, responses with tokens", () => {
  assert.equal(
    batchTotals([
      [1, 1, 0],
      [0, 0, 0],
      [1, 0, 0],
    ]),
    { tokens: 3, sequences: 3, nonEmptySequences: 2, width: 3 },
  );
});

const chainBatch = {
  mask: batch.mask,
  groupIds: tf.tensor1d([0, 1], "int32"),
  scores: tf.tensor1d([20, 1]),
  klPenalty: tf.tensor2d([
    [1, 2, NaN],
    [0, NaN, NaN],
  ]),
  values: null,
  tokenRewards: null,
};

test("advantageChain: token rewards, returns and advantages of the chain", () => {
  // scores clipped to 10 and 1; ρ = −1, 10 − 2 | 1; G = 7, 8 | 1; mean 16/3, σ² = (25 + 64 + 169)/9 / 3 = 258/27
  const clip = createPart(scoreClip);
  const steps = [clip.part, createPart(discountedReturn).part, createPart(whiten).part];
  const { tokenRewards, returns, advantages } = advantageChain(steps, chainBatch);
  assertClose(tokenRewards, [
    [-1, 8, 0],
    [1, 0, 0],
  ]);
  assertClose(returns, [
    [7, 8, 0],
    [1, 0, 0],
  ]);
  const sigma = Math.sqrt(258 / 27);
  assertClose(advantages, [
    [5 / 3 / sigma, 8 / 3 / sigma, 0],
    [-13 / 3 / sigma, 0, 0],
  ]);
  clip.metrics.take();
});

test("advantageChain: without a step that makes token rewards they hold the scores the chain starts from", () => {
  const clip = createPart(scoreClip);
  const { tokenRewards } = advantageChain([clip.part, createPart(spread).part], { ...chainBatch, klPenalty: null });
  const [first, second] = chainBatch.scores.dataSync();
  assert.ok(first! > 10, "clipped, so that the two can be told apart");
  assertClose(tokenRewards, [
    [0, first, 0],
    [second, 0, 0],
  ]);
  clip.metrics.take();
});

test("advantageChain: later steps see the returns, and given token rewards are used", () => {
  const seen: (number[][] | null)[] = [];
  const watch = {
    apply: (values: tf.Tensor, { returns }: { returns: tf.Tensor2D | null }) => (
      seen.push(returns?.arraySync() ?? null),
      tf.mul(values, 2)
    ),
  };
  const tokenRewards = tf.tensor2d([
    [1, 2, 9],
    [3, 9, 9],
  ]);
  const result = advantageChain([watch, createPart(discountedReturn).part, watch, watch], { ...chainBatch, tokenRewards });
  assert.equal(seen, [
    null,
    [
      [3, 2, 0],
      [3, 0, 0],
    ],
    [
      [3, 2, 0],
      [3, 0, 0],
    ],
  ]);
  assertClose(result.advantages, [
    [12, 8, 0],
    [12, 0, 0],
  ]);
  assertClose(result.tokenRewards, [
    [1, 2, 9],
    [3, 9, 9],
  ]);
});

test("advantageChain: chains that don't fit are refused with the step's place", () => {
  const toTokens = createPart(discountedReturn).part;
  assert.throws(() => advantageChain([], chainBatch), /no step goes from scores to tokens/);
  assert.throws(
    () => advantageChain([toTokens, { apply: () => tf.zeros([2]) }], chainBatch),
    /step 2 of 2: gives scores, expected tokens/,
  );
  assert.throws(
    () => advantageChain([toTokens, { apply: () => tf.zeros([2, 4]) }], chainBatch),
    /step 2 of 2: result has shape \[2, 4\]/,
  );
});

test("policyLoss, advantageChain: leak no tensor", () => {
  const clip = createPart(scoreClip);
  const chain = [clip.part, createPart(discountedReturn).part];
  const withKl = { ...parts, klTerm: { kl: createPart(klK3).part, coefficient: 0.1 } };
  const leaked = leakedTensors(() => {
    const { loss, tokenLoss } = policyLoss(withKl, batch, totals);
    gradient((x) => policyLoss(withKl, { ...batch, logProbs: x }, totals).loss, batch.logProbs).dispose();
    const { tokenRewards, returns, advantages } = advantageChain(chain, chainBatch);
    for (const tensor of [loss, tokenLoss, tokenRewards, returns, advantages]) tensor.dispose();
    clip.metrics.take();
    take();
  });
  assert.is(leaked, 0);
});

test.run();
