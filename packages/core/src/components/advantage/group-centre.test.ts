import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AdvantageBatch } from "../../kinds.ts";
import { assertClose, createPart } from "../../testing/tensors.ts";
import { groupCentre } from "./group-centre.ts";

const { part } = createPart(groupCentre);
const apply = (scores: number[], groups: number[]) =>
  part.apply(tf.tensor1d(scores), { groupIds: tf.tensor1d(groups, "int32") } as unknown as AdvantageBatch);

test("group-centre: the score minus its group's mean, whatever the order and the ids", () => {
  // group 7: 1, 3, 5 → mean 3; group −2: 0, 1 → mean 0.5
  assertClose(apply([1, 0, 3, 1, 5], [7, -2, 7, -2, 7]), [-2, -0.5, 0, 0.5, 2]);
});

test("group-centre: equal scores and singletons get exactly 0", () => {
  assert.equal(apply([0.1, 0.1, 0.1, 9], [1, 1, 1, 2]).arraySync(), [0, 0, 0, 0]);
});

test("group-centre: with singleton: score, a response alone keeps its score", () => {
  const kept = createPart(groupCentre, { singleton: "score" }).part;
  const groups = { groupIds: tf.tensor1d([1, 1, 2], "int32") } as unknown as AdvantageBatch;
  assertClose(kept.apply(tf.tensor1d([1, 2, 9]), groups), [-0.5, 0.5, 9]);
});

test("group-centre: a NaN score makes its own group NaN and no other", () => {
  assertClose(apply([NaN, 1, 0, 2], [1, 1, 2, 2]), [NaN, NaN, -1, 1]);
  assertClose(apply([NaN, 0, 2], [1, 2, 2]), [NaN, -1, 1]);
});

test.run();
