import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AdvantageBatch } from "../../kinds.ts";
import { assertClose, createPart, leakedTensors } from "../../testing/tensors.ts";
import { batchNormalise } from "./batch-normalise.ts";

const apply = (options: object, scores: number[], groups = scores.map((_, index) => index % 2)) =>
  createPart(batchNormalise, options).part.apply(tf.tensor1d(scores), {
    groupIds: tf.tensor1d(groups, "int32"),
  } as unknown as AdvantageBatch);

test("batch-normalise: over all scores, whatever their groups", () => {
  // 1, 3, 5: mean 3, σ² = (4 + 0 + 4)/2 = 4, σ = 2
  assertClose(apply({ epsilon: 0 }, [1, 3, 5]), [-1, 0, 1]);
  assertClose(apply({ epsilon: 0 }, [1, 3, 5], [7, 7, 7]), [-1, 0, 1]);
  // ε is added to σ: 2/(2 + 2) = 0.5
  assertClose(apply({ epsilon: 2 }, [1, 3, 5]), [-0.5, 0, 0.5]);
});

test("batch-normalise: the population deviation", () => {
  // 0, 1: σ = 0.5; (±0.5)/(0.5 + 0.5) = ±0.5
  assertClose(apply({ deviation: "population", epsilon: 0.5 }, [0, 1]), [-0.5, 0.5]);
});

test("batch-normalise: equal scores, or one, get exactly 0", () => {
  assert.equal(apply({ epsilon: 0 }, [0.1, 0.1, 0.1]).arraySync(), [0, 0, 0]);
  assert.equal(apply({}, [7]).arraySync(), [0]);
});

test("batch-normalise: a NaN score makes all of them NaN", () => {
  assert.ok((apply({}, [NaN, 1, 2]).arraySync() as number[]).every(Number.isNaN));
});

test("batch-normalise: the order of the responses doesn't matter", () => {
  const forward = apply({}, [1, 4, 9]).arraySync() as number[];
  assertClose(apply({}, [9, 4, 1]), forward.toReversed());
});

test("batch-normalise: leaks no tensor", () => {
  const [scores, groupIds] = [tf.tensor1d([1, 2]), tf.tensor1d([1, 2], "int32")];
  const { part } = createPart(batchNormalise);
  assert.is(
    leakedTensors(() => part.apply(scores, { groupIds } as unknown as AdvantageBatch).dispose()),
    0,
  );
});

test.run();
