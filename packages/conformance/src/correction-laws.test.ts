// The laws of corrections and masks can fail: components with one mistake each, and the law that finds it.

import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { correction, keepMasked, logRatio, mask as lossMask } from "@rewardlab/core";
import type { Corrected, CorrectionBatch, LossMaskBatch } from "@rewardlab/core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { z } from "zod";
import { componentConformance } from "./index.ts";
import { breaches, expectBroken } from "./testing/breaches.ts";

const about = { name: "wrong", summary: "has one mistake", options: z.strictObject({}) };
const wrong = (apply: (batch: CorrectionBatch) => Corrected) =>
  breaches(componentConformance(correction({ ...about, create: () => ({ apply }) })));
const tidy = (apply: (batch: CorrectionBatch) => Corrected) => wrong((batch) => tf.tidy(() => apply(batch) as never));
const wrongMask = (apply: (batch: LossMaskBatch) => Tensor2D) =>
  breaches(componentConformance(lossMask({ ...about, create: () => ({ apply: (batch) => tf.tidy(() => apply(batch)) }) })));

/** log π_old − log π_rollout, 0 outside the mask. */
const apart = ({ oldLogProbs, rolloutLogProbs, mask }: CorrectionBatch) =>
  logRatio({ logProbs: oldLogProbs, oldLogProbs: rolloutLogProbs, mask });
const weightsOf = (batch: CorrectionBatch) => keepMasked(tf.exp(tf.clipByValue(apart(batch), -20, 20)) as Tensor2D, batch.mask);

test("a correction that is sound breaks nothing", async () => {
  assert.equal([...(await tidy((batch) => ({ weights: weightsOf(batch), mask: batch.mask.clone() }))).keys()], []);
});

test("corrections: what they give", async () => {
  expectBroken(await tidy((batch) => ({ weights: apart(batch), mask: batch.mask.clone() })), {
    "its weights are 0 or more": /the result of response \d, token \d is another[^]*0 or more[^]*not their logarithms/,
  });
  expectBroken(await tidy((batch) => ({ weights: batch.mask.clone(), mask: weightsOf(batch) })), {
    "its mask is 0 or 1": /0 or 1[^]*A weight belongs into weights/,
  });
  expectBroken(await wrong((batch) => ({ weights: tf.onesLike(batch.mask), mask: batch.mask })), {
    "gives a new tensor of the right shape (mask)": /its result is its own input, mask/,
  });
  expectBroken(await tidy((batch) => ({ weights: tf.sum(weightsOf(batch), 1) as never, mask: batch.mask.clone() })), {
    "gives a new tensor of the right shape (weights)": /its result is float32 \[6\]/,
  });
});

test("corrections: the batch, the padding, the numbers", async () => {
  // normalised over the batch
  const normalised = await tidy((batch) => {
    const weights = weightsOf(batch);
    return { weights: tf.div(weights, tf.div(tf.sum(weights), tf.maximum(tf.sum(batch.mask), 1))), mask: batch.mask.clone() };
  });
  expectBroken(normalised, {
    "splitting into micro-batches changes nothing": /is another/,
    "what a response holds changes no other's result": /each response's result is its own/,
  });
  const unmasked = (batch: CorrectionBatch) => tf.sub(batch.oldLogProbs, batch.rolloutLogProbs);
  expectBroken(
    await tidy((batch) => ({
      weights: keepMasked(tf.mul(tf.onesLike(batch.mask), tf.exp(tf.mean(unmasked(batch), 1, true))) as Tensor2D, batch.mask),
      mask: batch.mask.clone(),
    })),
    { "ignores what lies outside the mask": /NaN outside the mask/ },
  );
  expectBroken(await tidy((batch) => ({ weights: tf.exp(apart(batch)), mask: batch.mask.clone() })), {
    "finite on extremes": /log ratios of ±200: the result is Infinity/,
  });
  expectBroken(
    await tidy((batch) => ({
      weights: batch.mask.clone(),
      mask: tf.cast(tf.lessEqual(apart(batch), 0.5), "float32") as Tensor2D,
    })),
    { "hides no NaN": /no metric tells/ },
  );
});

test("corrections: tensors left behind, and values read where functions are compiled", async () => {
  expectBroken(await wrong((batch) => ({ weights: tf.exp(tf.zerosLike(batch.mask)), mask: batch.mask.clone() })), {
    "leaks no tensor": /a call leaves 1 tensor behind/,
  });
  expectBroken(await tidy((batch) => ({ weights: tf.mul(batch.mask, batch.mask.dataSync()[0]!), mask: batch.mask.clone() })), {
    "reads no value, and takes counts as scalars, so that it can be compiled": /it reads a tensor's value/,
  });
});

test("masks: 0 or 1, whatever the padding and the order, and no NaN in silence", async () => {
  assert.equal([...(await wrongMask(({ mask }) => mask.clone())).keys()], []);
  expectBroken(await wrongMask(({ entropies, mask }) => keepMasked(entropies, mask)), { "is 0 or 1": /expected|0 or 1/ });
  const above = (entropies: Tensor2D, level: tf.Tensor) => tf.cast(tf.greaterEqual(entropies, level), "float32") as Tensor2D;
  expectBroken(await wrongMask(({ entropies }) => above(entropies, tf.mean(entropies))), {
    "ignores what lies outside the mask": /outside the mask/,
    "hides no NaN": /no metric tells/,
  });
  expectBroken(
    await wrongMask(({ entropies, mask }) => keepMasked(above(entropies, tf.slice(entropies, [0, 0], [1, 1])), mask)),
    {
      "permuting the responses permutes the result": /in another order/,
    },
  );
});

test.run();
