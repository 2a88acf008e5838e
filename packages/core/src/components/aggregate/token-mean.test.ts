import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { batchTotals } from "../../policy-loss.ts";
import { assertClose, assertGradient, createPart, gradient, leakedTensors } from "../../testing/tensors.ts";
import { tokenMean } from "./token-mean.ts";

await tf.setBackend("cpu");
const { part } = createPart(tokenMean);

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

test("token-mean: the sum over tokens by the number of tokens", () => {
  // (1 + 2 + 6 + 5) / 4 = 3.5
  assertClose(part.apply(tokenLoss, mask, totals), 3.5);
});

test("token-mean: every token's gradient is 1/N", () => {
  assertClose(
    gradient((x) => part.apply(x, mask, totals), tokenLoss),
    [
      [0.25, 0.25, 0.25],
      [0.25, 0, 0],
      [0, 0, 0],
    ],
  );
  assertGradient((x) => part.apply(x, mask, totals), tf.ones([3, 3]));
});

test("token-mean: micro-batches add up to the whole", () => {
  const losses = [
    [0, 1],
    [1, 2],
  ].map(([start, size]) =>
    part.apply(tf.slice(tokenLoss, [start!, 0], [size!, 3]), tf.slice(mask, [start!, 0], [size!, 3]), totals),
  );
  assertClose(tf.addN(losses), part.apply(tokenLoss, mask, totals).arraySync());
});

test("token-mean: nothing in the mask gives 0 and no gradient", () => {
  const none = [[0, 0, 0]];
  const loss = (x: tf.Tensor2D) => part.apply(x, tf.tensor2d(none), batchTotals(none));
  assertClose(loss(tf.tensor2d([[NaN, 1, 1]])), 0);
  assertClose(gradient(loss, tf.tensor2d([[NaN, 1, 1]])), [[0, 0, 0]]);
});

test("token-mean: leaks no tensor", () => {
  const leaked = leakedTensors(() => {
    part.apply(tokenLoss, mask, totals).dispose();
    gradient((x) => part.apply(x, mask, totals), tokenLoss).dispose();
  });
  assert.is(leaked, 0);
});

test.run();
