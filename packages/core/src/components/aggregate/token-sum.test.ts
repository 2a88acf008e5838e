import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import { aggregateBatch } from "../../testing/aggregate-batch.ts";
import { assertClose, assertGradient, createPart, gradient } from "../../testing/tensors.ts";
import { tokenSum } from "./token-sum.ts";

const { part } = createPart(tokenSum);

const { mask, tokenLoss, totals } = aggregateBatch();

test("token-sum: the sum over tokens", () => {
  assertClose(part.apply(tokenLoss, mask, totals), 14); // 1 + 2 + 6 + 5
});

test("token-sum: every token's gradient is 1", () => {
  assertClose(
    gradient((x) => part.apply(x, mask, totals), tokenLoss),
    mask.arraySync(),
  );
  assertGradient((x) => part.apply(x, mask, totals), tf.ones([3, 3]));
});

test.run();
