import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AdvantageBatch } from "../../kinds.ts";
import { assertClose, createPart } from "../../testing/tensors.ts";
import { scoreClip } from "./score-clip.ts";

const batch = {} as AdvantageBatch;

test("score-clip: bounds scores and counts those it changed", () => {
  const { part, metrics } = createPart(scoreClip);
  assertClose(part.apply(tf.tensor1d([-11, 10, 3, 200]), batch), [-10, 10, 3, 10]);
  assertClose(metrics.take().scoreClipFraction!, 0.5);
});

test("score-clip: NaN stays NaN, infinities are bounded", () => {
  const { part, metrics } = createPart(scoreClip, { low: 0, high: 1 });
  assertClose(part.apply(tf.tensor1d([NaN, Infinity, -Infinity]), batch), [NaN, 1, 0]);
  metrics.take();
});

test("score-clip: low above high is refused", () => {
  assert.throws(() => createPart(scoreClip, { low: 1, high: 0 }), /low is above high/);
});

test.run();
