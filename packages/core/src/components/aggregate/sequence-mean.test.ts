import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { batchTotals } from "../../policy-loss.ts";
import { assertClose, assertGradient, createPart, gradient, leakedTensors } from "../../testing/tensors.ts";
import { sequenceMean } from "./sequence-mean.ts";

await tf.setBackend("cpu");
const { part } = createPart(sequenceMean);

// three responses of 3, 1 and 0 tokens, with rubbish in the padding
const rows = [
  [1, 1, 1],
  [1, 0, 0],
  [0, 0, 0],
];
const mask = tf.tensor2d(rows);
const tokenLoss = tf.tensor2d([
  [1, 2, 6],
  [5, NaN, Infinity],
  [-Infinity, 7, NaN],
]);
const totals = batchTotals(rows);

test("sequence-mean: the mean of the responses' means", () => {
  // means 9/3 = 3 and 5/1 = 5; by the 2 responses with tokens: 4
  assertClose(part.apply(tokenLoss, mask, totals), 4);
});

test("sequence-mean: an empty response counts if asked to", () => {
  const counted = createPart(sequenceMean, { emptySequences: "counted" }).part;
  assertClose(counted.apply(tokenLoss, mask, totals), 8 / 3); // (3 + 5 + 0) / 3
});

test("sequence-mean: a token's gradient is 1/(B T_i)", () => {
  assertClose(
    gradient((x) => part.apply(x, mask, totals), tokenLoss),
    [
      [1 / 6, 1 / 6, 1 / 6],
      [1 / 2, 0, 0],
      [0, 0, 0],
    ],
  );
  assertGradient((x) => part.apply(x, mask, totals), tf.ones([3, 3]));
});

test("sequence-mean: micro-batches add up to the whole", () => {
  const losses = [
    [0, 1],
    [1, 2],
  ].map(([start, size]) =>
    part.apply(tf.slice(tokenLoss, [start!, 0], [size!, 3]), tf.slice(mask, [start!, 0], [size!, 3]), totals),
  );
  assertClose(tf.addN(losses), part.apply(tokenLoss, mask, totals).arraySync());
});

test("sequence-mean: nothing in the mask gives 0 and no gradient", () => {
  const none = [[0, 0, 0]];
  const loss = (x: tf.Tensor2D) => part.apply(x, tf.tensor2d(none), batchTotals(none));
  assertClose(loss(tf.tensor2d([[NaN, 1, 1]])), 0);
  assertClose(gradient(loss, tf.tensor2d([[NaN, 1, 1]])), [[0, 0, 0]]);
});

test("sequence-mean: leaks no tensor", () => {
  const leaked = leakedTensors(() => {
    part.apply(tokenLoss, mask, totals).dispose();
    gradient((x) => part.apply(x, mask, totals), tokenLoss).dispose();
  });
  assert.is(leaked, 0);
});

test.run();
