import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { z } from "zod";
import type { AdvantageBatch } from "../../kinds.ts";
import { advantageStep } from "../../plugin/component.ts";
import { advantageChain } from "../../math/policy-loss.ts";
import { assertClose, createPart } from "../../testing/tensors.ts";
import { discountedReturn } from "./discounted-return.ts";
import { klPenaltyStep } from "./kl-penalty.ts";
import { leaveOneOut } from "./leave-one-out.ts";
import { spreadWithKl } from "./spread-with-kl.ts";
import { spread } from "./spread.ts";

const { part } = createPart(klPenaltyStep);
const mask = tf.tensor2d([
  [1, 1, 0],
  [1, 0, 0],
  [0, 0, 0],
]);
const klPenalty = tf.tensor2d([
  [0.5, -0.25, NaN],
  [0.125, Infinity, 3],
  [9, 9, NaN],
]);

test("kl-penalty: takes the sum over the response's tokens off its score, whatever the padding holds", () => {
  // 2 − (0.5 − 0.25), 1 − 0.125, −1 − 0
  assertClose(part.apply(tf.tensor1d([2, 1, -1]), { mask, klPenalty } as unknown as AdvantageBatch), [1.75, 0.875, -1]);
});

test("kl-penalty: without a penalty in the reward, scores are as they were", () => {
  assertClose(part.apply(tf.tensor1d([2, NaN, -1]), { mask, klPenalty: null } as unknown as AdvantageBatch), [2, NaN, -1]);
});

const steps = (...components: readonly (typeof klPenaltyStep)[]) => components.map((component) => createPart(component).part);
const chain = (...components: readonly (typeof klPenaltyStep)[]) =>
  advantageChain(steps(...components), {
    mask,
    klPenalty: tf.where(tf.greater(mask, 0), klPenalty, tf.zerosLike(klPenalty)),
    scores: tf.tensor1d([2, 1, -1]),
    groupIds: tf.tensor1d([0, 0, 0], "int32"),
    values: null,
    tokenRewards: null,
  });

test("kl-penalty: the baseline that follows is made of penalised scores, and spread sees no penalty any more", () => {
  // scores 1.75, 0.875, −1: minus the mean of the other two, −0.0625, 0.375, 1.3125
  const { advantages, tokenRewards } = chain(klPenaltyStep, leaveOneOut, spread);
  assertClose(advantages, [
    [1.8125, 1.8125, 0],
    [0.5, 0, 0],
    [0, 0, 0],
  ]);
  // what the token rewards are doesn't change: the score at the last token, less each token's own penalty
  assertClose(tokenRewards, [
    [-0.5, 2.25, 0],
    [0.875, 0, 0],
    [0, 0, 0],
  ]);
});

test("kl-penalty: nothing is taken off twice", () => {
  const { returns, tokenRewards } = chain(klPenaltyStep, discountedReturn);
  const penalised = [
    [1.75, 1.75, 0],
    [0.875, 0, 0],
    [0, 0, 0],
  ];
  assertClose(returns, penalised);
  assertClose(tokenRewards, [[0, 1.75, 0], penalised[1]!, penalised[2]!]);
});

test("kl-penalty: whichever step takes the penalty off, those after it are given none, and those before it are", () => {
  const seen: boolean[] = [];
  const looker = (takes: "scores" | "tokens") =>
    advantageStep({
      name: "looker",
      summary: "looks whether there is a penalty",
      takes,
      gives: takes,
      options: z.strictObject({}),
      create: () => ({
        apply(values, batch) {
          seen.push(batch.klPenalty !== null);
          return values.clone();
        },
      }),
    });
  for (const takesItOff of [discountedReturn, spreadWithKl]) chain(looker("scores"), takesItOff, looker("tokens"));
  assert.equal(seen, [true, false, true, false]);
});

test.run();
