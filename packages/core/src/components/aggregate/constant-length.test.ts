import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import { aggregateBatch } from "../../testing/aggregate-batch.ts";
import { assertClose, assertGradient, createPart, gradient } from "../../testing/tensors.ts";
import { constantLength } from "./constant-length.ts";

const { part } = createPart(constantLength, { length: 10 });

const { mask, tokenLoss, totals } = aggregateBatch();

test("constant-length: the sum over tokens by responses times length", () => {
  // 14 / (2 · 10)
  assertClose(part.apply(tokenLoss, mask, totals), 0.7);
});

test("constant-length: an empty response counts if asked to", () => {
  const counted = createPart(constantLength, { length: 10, emptySequences: "counted" }).part;
  assertClose(counted.apply(tokenLoss, mask, totals), 14 / 30);
});

test("constant-length: without a length, the most tokens that a response may have, also where rows are cut to the longest", () => {
  const { part: widest } = createPart(constantLength);
  assertClose(widest.apply(tokenLoss, mask, totals), 14 / (2 * 3));
  assertClose(widest.apply(tokenLoss, mask, { ...totals, width: 10 }), 0.7);
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

test.run();
