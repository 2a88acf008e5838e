import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import type { AdvantageBatch } from "../../kinds.ts";
import { assertClose, createPart } from "../../testing/tensors.ts";
import { leaveOneOut } from "./leave-one-out.ts";

const { part } = createPart(leaveOneOut);
const apply = (scores: number[], groups: number[], step = part) =>
  step.apply(tf.tensor1d(scores), { groupIds: tf.tensor1d(groups, "int32") } as unknown as AdvantageBatch);

test("leave-one-out: the score minus the mean of the others", () => {
  // 1 − (3 + 5)/2 = −3;  3 − (1 + 5)/2 = 0;  5 − (1 + 3)/2 = 3.  Pair: 0 − 1, 1 − 0
  assertClose(apply([1, 0, 3, 1, 5], [1, 2, 1, 2, 1]), [-3, -1, 0, 1, 3]);
});

test("leave-one-out: alone in its group a response gets 0, or its score", () => {
  assertClose(apply([4, 1, 3], [1, 2, 2]), [0, -2, 2]);
  assertClose(apply([4, 1, 3], [1, 2, 2], createPart(leaveOneOut, { singleton: "score" }).part), [4, -2, 2]);
});

test("leave-one-out: a NaN score makes its own group NaN and no other, singletons included", () => {
  assertClose(apply([NaN, 1, 0, 2], [1, 1, 2, 2]), [NaN, NaN, -2, 2]);
  assertClose(apply([NaN, 0, 2], [1, 2, 2]), [NaN, -2, 2]);
});

test.run();
