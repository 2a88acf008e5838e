import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import { aggregateBatch } from "../../testing/aggregate-batch.ts";
import { assertClose, assertGradient, createPart, gradient } from "../../testing/tensors.ts";
import { sequenceSum } from "./sequence-sum.ts";

const { part } = createPart(sequenceSum);

const { mask, tokenLoss, totals } = aggregateBatch();

test("sequence-sum: the mean of the responses' sums", () => {
  // sums 9 and 5; by the 2 responses with tokens: 7
  assertClose(part.apply(tokenLoss, mask, totals), 7);
});

test("sequence-sum: an empty response counts if asked to", () => {
  const counted = createPart(sequenceSum, { emptySequences: "counted" }).part;
  assertClose(counted.apply(tokenLoss, mask, totals), 14 / 3);
});

test("sequence-sum: every token's gradient is 1/B", () => {
  assertClose(
    gradient((x) => part.apply(x, mask, totals), tokenLoss),
    [
      [0.5, 0.5, 0.5],
      [0.5, 0, 0],
      [0, 0, 0],
    ],
  );
  assertGradient((x) => part.apply(x, mask, totals), tf.ones([3, 3]));
});

test.run();
