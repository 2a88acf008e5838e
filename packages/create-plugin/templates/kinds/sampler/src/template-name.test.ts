// What it chooses, worked by hand.
import { createPart } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { templateName } from "./template-name.ts";

const batch = {
  scores: Float32Array.of(1, 0, NaN),
  groupIds: Int32Array.of(0, 0, 1),
  lengths: Int32Array.of(6, 7, 8),
  truncated: [false, false, true],
  maxNewTokens: 8,
};

test("template-name: what is longer than 6 of 8 tokens leaves the loss; scores stay as they are", () => {
  const { part, metrics } = createPart(templateName);
  const { scores, masked, replaced } = part.apply(batch);
  assert.equal(masked, [false, true, true]);
  assert.equal([...scores], [1, 0, NaN]);
  assert.is(replaced.size, 0);
  assert.equal(metrics.take(), { leftOutFraction: 2 / 3 });
});

test("template-name: with the whole share none leaves", () => {
  assert.equal(createPart(templateName, { share: 1 }).part.apply(batch).masked, [false, false, false]);
});
test.run();
