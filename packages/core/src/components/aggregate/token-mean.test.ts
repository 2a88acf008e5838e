import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import { aggregateBatch } from "../../testing/aggregate-batch.ts";
import { assertClose, assertGradient, createPart, gradient } from "../../testing/tensors.ts";
import { tokenMean } from "./token-mean.ts";

const { part } = createPart(tokenMean);

const { mask, tokenLoss, totals } = aggregateBatch();

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

test.run();
