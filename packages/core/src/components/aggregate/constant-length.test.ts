import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { batchTotals } from "../../policy-loss.ts";
import { assertClose, assertGradient, createPart, gradient, leakedTensors } from "../../testing/tensors.ts";
import { constantLength } from "./constant-length.ts";

await tf.setBackend("cpu");
const { part } = createPart(constantLength, { length: 10 });

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

test("constant-length: the sum over tokens by responses times length", () => {
  // 14 / (2 · 10)
  assertClose(part.apply(tokenLoss, mask, totals), 0.7);
});

test("constant-length: an empty response counts if asked to", () => {
  const counted = createPart(constantLength, { length: 10, emptySequences: "counted" }).part;
  assertClose(counted.apply(tokenLoss, mask, totals), 14 / 30);
});

test("constant-length: every token's gradient is 1/(B L_max), however long its response", () => {
  assertClose(
    gradient((x) => part.apply(x, mask, totals), tokenLoss),
    [
      [0.05, 0.05, 0.05],
      [0.05, 0, 0],
      [0, 0, 0],
    ],
  );
  assertGradient((x) => part.apply(x, mask, totals), tf.ones([3, 3]));
});

test("constant-length: micro-batches add up to the whole", () => {
  const losses = [
    [0, 1],
    [1, 2],
  ].map(([start, size]) =>
    part.apply(tf.slice(tokenLoss, [start!, 0], [size!, 3]), tf.slice(mask, [start!, 0], [size!, 3]), totals),
  );
  assertClose(tf.addN(losses), part.apply(tokenLoss, mask, totals).arraySync());
});

test("constant-length: nothing in the mask gives 0 and no gradient", () => {
  const none = [[0, 0, 0]];
  const loss = (x: tf.Tensor2D) => part.apply(x, tf.tensor2d(none), batchTotals(none));
  assertClose(loss(tf.tensor2d([[NaN, 1, 1]])), 0);
  assertClose(gradient(loss, tf.tensor2d([[NaN, 1, 1]])), [[0, 0, 0]]);
});

test("constant-length: leaks no tensor", () => {
  const leaked = leakedTensors(() => {
    part.apply(tokenLoss, mask, totals).dispose();
    gradient((x) => part.apply(x, mask, totals), tokenLoss).dispose();
  });
  assert.is(leaked, 0);
});

test.run();
