import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import type { AdvantageBatch } from "../../kinds.ts";
import { assertClose, createPart } from "../../testing/tensors.ts";
import { spreadWithKl } from "./spread-with-kl.ts";

const { part } = createPart(spreadWithKl);
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
const batch = (penalty: tf.Tensor2D | null) => ({ mask, klPenalty: penalty }) as AdvantageBatch;

test("spread-with-kl: each token has the score less its own penalty, not that of later tokens", () => {
  assertClose(part.apply(tf.tensor1d([2, 1, -1]), batch(klPenalty)), [
    [1.5, 2.25, 0],
    [0.875, 0, 0],
    [0, 0, 0],
  ]);
});

test("spread-with-kl: without a penalty in the reward it is spread", () => {
  assertClose(part.apply(tf.tensor1d([2, NaN, NaN]), batch(null)), [
    [2, 2, 0],
    [NaN, 0, 0],
    [0, 0, 0],
  ]);
});

test.run();
