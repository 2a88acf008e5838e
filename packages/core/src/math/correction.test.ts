import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { tokenMean } from "../components/aggregate/token-mean.ts";
import { tokenRatio } from "../components/ratio/token.ts";
import { clipSurrogate } from "../components/surrogate/clip.ts";
import type { Correction, CorrectionBatch } from "../kinds.ts";
import { MetricsCollector } from "../services/metrics.ts";
import { assertClose, createPart, gradient, leakedTensors } from "../testing/tensors.ts";
import { correctionOf } from "./correction.ts";
import { batchTotals, policyLoss } from "./policy-loss.ts";
import type { PolicyLossBatch } from "./policy-loss.ts";

// two responses of 2 and 1 tokens, rubbish in the padding
const rows = [
  [1, 1, 0],
  [1, 0, 0],
];
const batch: PolicyLossBatch & CorrectionBatch = {
  logProbs: tf.tensor2d([
    [-1, -2, NaN],
    [-3, -Infinity, 3],
  ]),
  oldLogProbs: tf.tensor2d([
    [-1, -2, NaN],
    [-3, 7, Infinity],
  ]),
  rolloutLogProbs: tf.tensor2d([
    [-1 - Math.log(2), -2, 1],
    [-3 - Math.log(0.5), NaN, 0],
  ]), // π_old/π_rollout: 2, 1 and 0.5
  refLogProbs: tf.zeros([2, 3]),
  advantages: tf.tensor2d([
    [2, 1, NaN],
    [-2, Infinity, 1],
  ]),
  mask: tf.tensor2d(rows),
};

/** w = π_old/π_rollout, all kept. */
const weighs: Correction = {
  apply: ({ oldLogProbs, rolloutLogProbs, mask }) => ({
    weights: tf.exp(tf.sub(oldLogProbs, rolloutLogProbs)) as tf.Tensor2D,
    mask: mask.clone(),
  }),
};
/** Drops what has a negative advantage; its weight says nothing. */
const drops: Correction = {
  apply: ({ advantages }) => ({
    weights: tf.onesLike(advantages),
    mask: tf.cast(tf.greaterEqual(advantages, 0), "float32") as tf.Tensor2D,
  }),
};
/** Its weights have a gradient of their own, which is to go nowhere. */
const leaning: Correction = {
  apply: ({ logProbs, mask }) => ({ weights: tf.exp(logProbs) as tf.Tensor2D, mask: mask.clone() }),
};

const [ratio, surrogate] = [createPart(tokenRatio), createPart(clipSurrogate)];
const parts = { ratio: ratio.part, surrogate: surrogate.part, aggregate: createPart(tokenMean).part };
test.after.each(() => [ratio, surrogate].forEach(({ metrics }) => metrics.take()));
const totals = batchTotals(rows);
const corrected = (...correction: Correction[]) => ({ ...parts, correction });

test("correctionOf: weights multiply, masks are all kept to, nothing comes from the padding", () => {
  const { weights, mask } = correctionOf([weighs, drops, weighs], batch);
  assertClose(weights, [
    [4, 1, 0],
    [0.25, 0, 0],
  ]);
  assertClose(mask, [
    [1, 1, 0],
    [0, 0, 0],
  ]);
});

test("correctionOf: counts what is dropped, and the mean weight over all tokens", () => {
  const metrics = new MetricsCollector();
  correctionOf([weighs, drops], batch, metrics);
  // weights 2, 1 and a dropped 0.5: 3 / 3; one of three tokens is dropped
  const { correctionWeight, correctionDroppedFraction } = metrics.take();
  assertClose(correctionWeight!, 1);
  assertClose(correctionDroppedFraction!, 1 / 3);
});

test("policyLoss: each token's loss times its weight, the divisor stays", () => {
  // −A·w: −4, −1, 1; mean over three tokens −4/3. Dropped: −4, −1, 0: −5/3
  assertClose(policyLoss(corrected(weighs), batch, totals).loss, -4 / 3);
  const { loss, tokenLoss } = policyLoss(corrected(weighs, drops), batch, totals);
  assertClose(loss, -5 / 3);
  assertClose(tokenLoss, [
    [-4, -1, 0],
    [0, 0, 0],
  ]);
});

test("policyLoss: a correction passes no gradient", () => {
  // ∂L/∂lp = −A·ρ·w / 3 with ρ = 1: w is a constant also where it is made of log π
  const slope = (correction: Correction) =>
    gradient((logProbs) => policyLoss(corrected(correction), { ...batch, logProbs }, totals).loss, batch.logProbs);
  assertClose(slope(weighs), [
    [-4 / 3, -1 / 3, 0],
    [1 / 3, 0, 0],
  ]);
  assertClose(slope(leaning), [
    [(-2 * Math.exp(-1)) / 3, -Math.exp(-2) / 3, 0],
    [(2 * Math.exp(-3)) / 3, 0, 0],
  ]);
});

test("policyLoss: without the sampler's log-probabilities they are the old policy's", () => {
  const { rolloutLogProbs: _, ...without } = batch;
  assertClose(policyLoss(corrected(weighs), without, totals).loss, policyLoss(parts, batch, totals).loss.dataSync()[0]!);
});

test("policyLoss: a loss mask leaves tokens out, whatever their loss is, and the divisor stays", () => {
  const advantages = tf.tensor2d([
    [2, NaN, 0],
    [-2, 0, 0],
  ]);
  const lossMask = tf.tensor2d([
    [1, 0, 0],
    [1, 0, 0],
  ]);
  assertClose(policyLoss(parts, { ...batch, advantages, lossMask }, totals).loss, 0); // −2 + 2
  assertClose(
    policyLoss(
      parts,
      {
        ...batch,
        lossMask: tf.tensor2d([
          [1, 0, 0],
          [0, 0, 0],
        ]),
      },
      totals,
    ).loss,
    -2 / 3,
  );
});

test("policyLoss with a correction: micro-batches add up, and no tensor is left behind", () => {
  const whole = policyLoss(corrected(weighs, drops), batch, totals).loss.dataSync()[0]!;
  const halves = [0, 1].map((row) => {
    const own = Object.fromEntries(
      Object.entries(batch).map(([name, values]) => [name, tf.slice(values as tf.Tensor2D, [row, 0], [1, 3])]),
    ) as unknown as typeof batch;
    return policyLoss(corrected(weighs, drops), own, totals).loss.dataSync()[0]!;
  });
  assertClose(halves[0]! + halves[1]!, whole);
  [ratio, surrogate].forEach(({ metrics }) => metrics.take());
  const leaked = leakedTensors(() => {
    const made = policyLoss(corrected(weighs, drops), batch, totals);
    tf.dispose([made.loss, made.tokenLoss]);
    gradient((logProbs) => policyLoss(corrected(weighs), { ...batch, logProbs }, totals).loss, batch.logProbs).dispose();
    [ratio, surrogate].forEach(({ metrics }) => metrics.take());
  });
  assert.is(leaked, 0);
});

test.run();
