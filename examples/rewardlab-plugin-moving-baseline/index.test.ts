import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { conformance } from "@rewardlab/conformance";
import { test } from "uvu";
import * as assert from "uvu/assert";
import plugin, { movingBaseline } from "./index.js";

for (const { title, run } of conformance(plugin, { options: { "advantage moving-baseline": [{ decay: 0.5 }] } }))
  test(title, run);

test("moving-baseline: two iterations, worked by hand", () => {
  let kept: unknown = null;
  const state = { value: () => ({ get: () => kept, set: (value: unknown) => void (kept = value) }) };
  const step = movingBaseline.create({ decay: 0.9 }, { state });
  const applied = (scores: number[]) =>
    tf.tidy(() => {
      const batch = {
        groupIds: tf.tensor1d(
          scores.map((_, row) => row),
          "int32",
        ),
        mask: tf.ones([scores.length, 1]),
      };
      return Array.from(step.apply(tf.tensor1d(scores), batch as never).dataSync());
    });
  assert.equal(applied([1, 0]), [0.5, -0.5]); // b = mean = 0.5
  assert.equal(applied([1, 1]), [0.5, 0.5]); // b is 0.9 · 0.5 + 0.1 · 0.5 = 0.5 still
  assert.is(kept, 0.9 * 0.5 + 0.1 * 1); // 0.55
});
test.run();
