import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AdvantageBatch } from "../../kinds.ts";
import { assertClose, createPart } from "../../testing/tensors.ts";
import { spread } from "./spread.ts";

const { part } = createPart(spread);
const batch = {
  mask: tf.tensor2d([
    [1, 1, 0],
    [1, 0, 0],
    [0, 0, 0],
  ]),
  klPenalty: null,
} as AdvantageBatch;

test("spread: the score at response tokens, 0 elsewhere", () => {
  assertClose(part.apply(tf.tensor1d([2, NaN, NaN]), batch), [
    [2, 2, 0],
    [NaN, 0, 0],
    [0, 0, 0],
  ]);
});

test("spread: a KL penalty in the reward is refused, not lost", () => {
  assert.throws(
    () => part.apply(tf.tensor1d([2, 1, 1]), { ...batch, klPenalty: tf.zeros([3, 3]) }),
    /the KL penalty is in the reward/,
  );
});

test.run();
