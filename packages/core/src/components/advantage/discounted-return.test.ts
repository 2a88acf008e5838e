import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import type { AdvantageBatch } from "../../kinds.ts";
import { assertClose, createPart } from "../../testing/tensors.ts";
import { discountedReturn } from "./discounted-return.ts";

const batchOf = (mask: number[][], rest: Partial<AdvantageBatch> = {}) =>
  ({ mask: tf.tensor2d(mask), klPenalty: null, tokenRewards: null, ...rest }) as AdvantageBatch;
const apply = (gamma: number, scores: number[], batch: AdvantageBatch) =>
  createPart(discountedReturn, { gamma }).part.apply(tf.tensor1d(scores), batch);

test("discounted-return: γ = 1 without a penalty is the score at every response token", () => {
  assertClose(
    apply(
      1,
      [2, -1],
      batchOf([
        [1, 1, 1],
        [1, 0, 0],
      ]),
    ),
    [
      [2, 2, 2],
      [-1, 0, 0],
    ],
  );
});

test("discounted-return: the penalty of the tokens to come is taken off", () => {
  // ρ = −0.1, −0.2, 1 − 0.3 → G_3 = 0.7, G_2 = 0.5, G_1 = 0.4
  const klPenalty = tf.tensor2d([[0.1, 0.2, 0.3, NaN]]);
  assertClose(apply(1, [1], batchOf([[1, 1, 1, 0]], { klPenalty })), [[0.4, 0.5, 0.7, 0]]);
});

test("discounted-return: γ = 0.5", () => {
  // ρ = −0.1, −0.2, 0.7 → G_3 = 0.7, G_2 = −0.2 + 0.35 = 0.15, G_1 = −0.1 + 0.075 = −0.025
  const klPenalty = tf.tensor2d([[0.1, 0.2, 0.3]]);
  assertClose(apply(0.5, [1], batchOf([[1, 1, 1]], { klPenalty })), [[-0.025, 0.15, 0.7]]);
  // γ = 0: the token reward alone
  assertClose(apply(0, [1], batchOf([[1, 1, 1]], { klPenalty })), [[-0.1, -0.2, 0.7]]);
});

test("discounted-return: a hole in the mask is skipped, not discounted over", () => {
  // tokens 1, 3, 4 with γ = 0.5: G_4 = 8, G_3 = 4, G_1 = 2
  for (const rubbish of [0, NaN, Infinity])
    assertClose(apply(0.5, [8], batchOf([[1, 0, 1, 1]], { klPenalty: tf.tensor2d([[0, rubbish, 0, 0]]) })), [[2, 0, 4, 8]]);
});

test("discounted-return: γ near 1 goes over into γ = 1", () => {
  const klPenalty = tf.tensor2d([[0.1, 0.2, 0.3]]);
  const batch = batchOf([[1, 1, 1]], { klPenalty });
  assertClose(apply(1 - 1e-9, [1], batch), apply(1, [1], batch).arraySync());
});

test("discounted-return: given token rewards stand in for score and penalty", () => {
  const tokenRewards = tf.tensor2d([[1, 2, 3]]);
  assertClose(apply(1, [100], batchOf([[1, 1, 0]], { tokenRewards, klPenalty: tf.ones([1, 3]) })), [[3, 2, 0]]);
});

test("discounted-return: a NaN score stays in its row, an empty row is 0", () => {
  assertClose(
    apply(
      1,
      [NaN, 1, NaN],
      batchOf([
        [1, 1],
        [1, 1],
        [0, 0],
      ]),
    ),
    [
      [NaN, NaN],
      [1, 1],
      [0, 0],
    ],
  );
  assertClose(
    apply(
      0.5,
      [NaN, 1, NaN],
      batchOf([
        [1, 1],
        [1, 1],
        [0, 0],
      ]),
    ),
    [
      [NaN, NaN],
      [0.5, 1],
      [0, 0],
    ],
  );
});

test.run();
