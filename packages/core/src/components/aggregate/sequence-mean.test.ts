import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import { aggregateBatch } from "../../testing/aggregate-batch.ts";
import { assertClose, assertGradient, createPart, gradient } from "../../testing/tensors.ts";
import { sequenceMean } from "./sequence-mean.ts";

const { part } = createPart(sequenceMean);

const { mask, tokenLoss, totals } = aggregateBatch();

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

test.run();
