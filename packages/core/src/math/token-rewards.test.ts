import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertClose, leakedTensors } from "../testing/tensors.ts";
import { lastTokens, tokenRewards } from "./token-rewards.ts";

// a whole row, a padded one, one with a hole, an empty one
const mask = tf.tensor2d([
  [1, 1, 1],
  [1, 1, 0],
  [1, 0, 1],
  [0, 0, 0],
]);
const scores = tf.tensor1d([2, -1, 5, NaN]);

test("lastTokens: the last 1 of each row", () => {
  assertClose(lastTokens(mask), [
    [0, 0, 1],
    [0, 1, 0],
    [0, 0, 1],
    [0, 0, 0],
  ]);
});

test("tokenRewards: the score at the last token, less the penalty at each; 0 outside the mask", () => {
  assertClose(tokenRewards(scores, mask, null), [
    [0, 0, 2],
    [0, -1, 0],
    [0, 0, 5],
    [0, 0, 0],
  ]);
  const penalty = tf.tensor2d([
    [0.5, 0, -1],
    [0.25, 0.5, NaN],
    [1, Infinity, 1],
    [NaN, NaN, NaN],
  ]);
  assertClose(tokenRewards(scores, mask, penalty), [
    [-0.5, 0, 3],
    [-0.25, -1.5, 0],
    [-1, 0, 4],
    [0, 0, 0],
  ]);
});

test("tokenRewards: a NaN score stays in its row", () => {
  assertClose(tokenRewards(tf.tensor1d([NaN, 1]), tf.ones([2, 2]), null), [
    [0, NaN],
    [0, 1],
  ]);
});

test("tokenRewards: leaks no tensor", () => {
  assert.is(
    leakedTensors(() => tokenRewards(scores, mask, mask).dispose()),
    0,
  );
});

test.run();
