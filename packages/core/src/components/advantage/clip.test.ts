import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import type { AdvantageBatch } from "../../kinds.ts";
import { assertClose, createPart } from "../../testing/tensors.ts";
import { advantageClip } from "./clip.ts";

const { part, metrics } = createPart(advantageClip, { low: 1, high: 3 });
const mask = tf.tensor2d([[1, 1, 1, 1, 0, 0]]);
const batch = { mask } as AdvantageBatch;
test.after.each(() => void metrics.take());

test("advantage clip: bounds response tokens, leaves NaN, and puts 0 outside the mask", () => {
  assertClose(part.apply(tf.tensor2d([[-Infinity, 2, 5, NaN, 7, NaN]]), batch), [[1, 2, 3, NaN, 0, 0]]);
  assertClose(metrics.take().advantageClipFraction!, 2 / 4);
});

test.run();
