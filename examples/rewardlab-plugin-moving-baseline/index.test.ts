import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { conformance } from "@rewardlab/conformance";
import { createPart } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import plugin, { movingBaseline } from "./index.js";

for (const { title, run } of conformance(plugin, { options: { "advantage moving-baseline": [{ decay: 0.5 }] } }))
  test(title, run);

test("moving-baseline: two iterations, worked by hand", () => {
  const { part, states } = createPart(movingBaseline, { decay: 0.9 });
  const applied = (scores: number[]) =>
    tf.tidy(() => {
      const batch = {
        groupIds: tf.tensor1d(
          scores.map((_, row) => row),
          "int32",
        ),
        mask: tf.ones([scores.length, 1]),
      };
      return Array.from(part.apply(tf.tensor1d(scores), batch as never).dataSync());
    });
  assert.equal(applied([1, 0]), [0.5, -0.5]); // b = mean = 0.5
  assert.equal(applied([1, 1]), [0.5, 0.5]); // b is 0.9 · 0.5 + 0.1 · 0.5 = 0.5 still
  assert.is(states.save().values["moving-baseline/baseline"], 0.9 * 0.5 + 0.1 * 1); // 0.55
});
test.run();
