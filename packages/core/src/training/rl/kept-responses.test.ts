import { test } from "uvu";
import * as assert from "uvu/assert";
import { splitOf } from "../../items/items.ts";
import { fakeItems } from "../../testing/fake-model.ts";
import type { Rollout } from "../rollout.ts";
import { keptResponses, responsesAgain } from "./kept-responses.ts";
import type { Scored } from "./responses.ts";
import type { Training } from "./training.ts";

const data = fakeItems(9);
const places = [7, 7, 2, 2];
/** Two responses to each of two prompts; a rule could not tell of the second one. */
const rollout: Rollout = {
  items: places.map((place) => data[place]!),
  places,
  texts: ["a", "b", "c", ""],
  groupIds: Int32Array.of(0, 0, 1, 1),
  lengths: Int32Array.of(2, 1, 2, 1),
  truncated: [true, false, true, false],
  tokens: 2,
  responseIds: Int32Array.of(2, 3, 1, 0, 4, 2, 1, 0),
  mask: Float32Array.of(1, 1, 1, 0, 0, 0, 1, 0),
  logProbs: Float32Array.of(-0.1, -0.2, -0.3, 0, -0.4, -0.5, -0.6, 0),
};
const scored: Scored = {
  outcomes: { right: [1, { invalid: "the judge is away" }, 0, 0.5] },
  scores: Float32Array.of(1, NaN, 0, 0.25),
  masked: [false, false, true, false],
  plain: Float32Array.of(2, NaN, 0, 0.5),
  rows: [0, 2, 3],
  invalid: 1,
};

/** Its numbers as lists: NaN is NaN there. */
const listed = ({ scores, plain, ...rest }: Omit<Scored, "masked">) => ({ ...rest, scores: [...scores], plain: [...plain] });

test("kept responses: through JSON and back they are the same, with the items that stand in the data", async () => {
  const earlier = { rollout: { ...rollout, texts: ["before", "a", "sampler", "chose"] }, scored };
  const kept = keptResponses({ rollout, scored, sampled: earlier });
  assert.not("items" in kept.rollout, "pictures are not kept");
  const again = await responsesAgain({ items: splitOf(data) } as Training, JSON.parse(JSON.stringify(kept)) as typeof kept);
  assert.equal(again.rollout, rollout);
  assert.equal(listed(again.scored), listed(scored));
  again.rollout.items.forEach((item, row) => assert.is(item, data[places[row]!]));
  // they are what trains: what the policy gave before a sampler chose is no longer known
  assert.equal([again.sampled.rollout, listed(again.sampled.scored)], [rollout, listed(scored)]);
});

test("kept responses: an item is read once, whatever the number of its responses", async () => {
  const read: number[] = [];
  const split = splitOf(data);
  const items = { ...split, item: (index: number) => (read.push(index), split.item(index)) };
  await responsesAgain({ items } as Training, keptResponses({ rollout, scored, sampled: { rollout, scored } }));
  assert.equal(read, [7, 2]);
});

test.run();
