import { test } from "uvu";
import * as assert from "uvu/assert";
import type { SamplerBatch } from "../../kinds.ts";
import { createPart } from "../../testing/tensors.ts";
import { allSampler } from "./all.ts";
import { dynamicSampler } from "./dynamic.ts";

const batchOf = (scores: number[], groupIds: number[]): SamplerBatch => ({
  scores: Float32Array.from(scores),
  groupIds: Int32Array.from(groupIds),
  lengths: Int32Array.from(scores, () => 1),
  truncated: scores.map(() => false),
  maxNewTokens: 4,
});

test("dynamic: groups of equal scores are to be replaced, whatever the scores are", () => {
  const { part, metrics } = createPart(dynamicSampler);
  const batch = batchOf([1, 1, 0, 0, 1, 0, 0.5, 0.5], [0, 0, 1, 1, 2, 2, 3, 3]);
  const choice = part.apply(batch);
  assert.equal([...choice.replaced], [0, 1, 3]);
  assert.equal(choice.scores, batch.scores);
  assert.equal(choice.masked, Array(8).fill(false));
  assert.equal(metrics.take(), { equalGroupFraction: 0.75 });
});

test("dynamic: a score that is not there counts for neither side", () => {
  const { part, metrics } = createPart(dynamicSampler);
  const choice = part.apply(batchOf([1, NaN, 1, 0, NaN, NaN, 1, NaN, 0], [0, 0, 0, 1, 1, 2, 2, 3, 3]));
  // group 0 has 1 and 1; 1 only 0; 2 only 1; 3 only 0
  assert.equal([...choice.replaced], [0, 1, 2, 3]);
  const told = part.apply(batchOf([1, NaN, 0], [0, 0, 0]));
  assert.is(told.replaced.size, 0);
  metrics.take();
});

test("dynamic: rounds is the limit; all never replaces", () => {
  assert.is(createPart(dynamicSampler, { rounds: 3 }).part.rounds, 3);
  const { part } = createPart(allSampler);
  assert.equal([part.rounds, part.apply(batchOf([1, 1], [0, 0])).replaced.size], [1, 0]);
});

test.run();
