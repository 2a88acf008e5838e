import { test } from "uvu";
import * as assert from "uvu/assert";
import type { PreferenceItem, Preferred } from "../../kinds.ts";
import { fakeItems } from "../../testing/fake-model.ts";
import { tally } from "./tally.ts";
import { choiceOf, votedAccuracy } from "./votes.ts";

const item = (preferred: Preferred, kind?: string, answer?: string, responses = ["", ""]): PreferenceItem =>
  ({ ...fakeItems(1)[0]!, preferred, kind, answer, responses }) as unknown as PreferenceItem;
const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual}, expected ${expected}`);

// Four items of four samples each; null has no readable answer.
const answered = [
  { item: item(1, "count", "2", ["2", "3"]), choices: [1, 1, 2, null] }, // 2 of 4 right
  { item: item(2, "count", "3", ["4", "3"]), choices: [2, 2, 2, 2] }, // 4 of 4
  { item: item(1, "colour", "red", ["red", "blue"]), choices: [2, 2, null, null] }, // 0 of 4
  { item: item(2, "colour", "red", ["green", "red"]), choices: [2, 1, 1, 2] }, // 2 of 4
] as const;
const counted = tally(answered, [1, 2, 4]);

test("tally: accuracy is the mean over items, its error over items too", () => {
  assert.equal(counted.perItem, [0.5, 1, 0, 0.5]);
  assert.is(counted.accuracy, 0.5);
  // deviations 0, .5, −.5, 0: variance 0.5 / 3, error √(0.5/3/4)
  near(counted.accuracyStandardError, Math.sqrt(0.5 / 3 / 4));
});

test("tally: votes of each item, right and wrong; what is unreadable is neither", () => {
  assert.equal(counted.votesPerItem, [
    [2, 1],
    [4, 0],
    [0, 2],
    [2, 2],
  ]);
});

test("tally: by kind, by answer, by which is the better one", () => {
  assert.equal(counted.byKind, { colour: { items: 2, accuracy: 0.25 }, count: { items: 2, accuracy: 0.75 } });
  // said: of the 8 samples of each kind, red twice; 2 twice, 3 once in the first item and four times in the second
  assert.equal(counted.byAnswer, {
    colour: { red: { items: 2, accuracy: 0.25, said: 2 / 8 } },
    count: { "2": { items: 1, accuracy: 0.5, said: 2 / 8 }, "3": { items: 1, accuracy: 1, said: 5 / 8 } },
  });
  // 16 samples: 1 was chosen 4 times, 2 nine times, 3 are unreadable
  assert.equal(counted.byPreferred, {
    "1": { items: 2, accuracy: 0.25, chosen: 4 / 16 },
    "2": { items: 2, accuracy: 0.75, chosen: 9 / 16 },
  });
  assert.is(counted.unreadable, 3 / 16);
});

test("tally: votes of one are the samples themselves", () => {
  assert.is(counted.voting["1"], counted.accuracy);
});

test("tally: votes of two and four, by hand", () => {
  // pairs: (1,1) 1, (2,–) 0 → ½; (2,2) (2,2) → 1; (2,2) (–,–) → 0; (2,1) ½, (1,2) ½ → ½
  assert.is(counted.voting["2"], (0.5 + 1 + 0 + 0.5) / 4);
  // fours: 2 against 1 → 1; 4 against 0 → 1; 0 against 2 → 0; 2 against 2 → ½
  assert.is(counted.voting["4"], (1 + 1 + 0 + 0.5) / 4);
});

test("votes: a tie is a fair coin; no readable vote is wrong; samples left over don't vote", () => {
  const votes = (choices: (1 | 2 | null)[], size: number) => votedAccuracy({ item: item(1), choices }, size);
  assert.is(votes([1, 2], 2), 0.5);
  assert.is(votes([null, null], 2), 0);
  assert.is(votes([null, 1, null], 3), 1);
  assert.is(votes([null, 2, null], 3), 0);
  assert.is(votes([1, 1, 2, 2, 1], 2), 0.5); // pairs (1,1) and (2,2); the fifth is left over
  assert.is(votes([1, 1], 3), 0); // fewer samples than votes
});

test("tally: tie is an answer where items have ties, and no readable one elsewhere", () => {
  // 2 of 3 right and 1 "tie"; then 1 of 3 right, a 1 and a 2
  const given = [
    { item: item(1), choices: [1, 1, "tie"] },
    { item: item("tie"), choices: ["tie", 1, 2] },
  ] as const;
  const both = tally(given, [1, 3]);
  near(both.accuracy, (2 / 3 + 1 / 3) / 2);
  assert.is(both.unreadable, 0);
  assert.is(both.byItem.preferred, "1 tie");
  near(both.byPreferred.tie!.accuracy, 1 / 3);
  near(both.byPreferred.tie!.chosen, 2 / 6);
  near(both.byPreferred["1"]!.chosen, 3 / 6);
  assert.equal(both.votesPerItem, [
    [2, 1],
    [1, 2],
  ]);
  assert.is(both.voting["3"], (1 + 0.5) / 2); // of one vote each for all three a coin decides
  const without = tally([{ item: item(1), choices: [1, "tie", "tie"] }], [1, 3]);
  near(without.unreadable, 2 / 3);
  assert.is(without.voting["3"], 1); // as of 1, null, null
  assert.not("tie" in without.byPreferred);
});

test("tally: what each item gave, as columns", () => {
  const rules = { half: [1, 0.5, 0, 1, ...Array.from({ length: 8 }, () => 1), { invalid: "away" }, 0, 1, 1] };
  const { byItem } = tally(answered, [1, 2, 4], rules);
  assert.match(byItem.items, /^([0-9a-f]{8} ){3}[0-9a-f]{8}$/);
  assert.equal(byItem.kinds, { names: ["count", "colour"], of: "0 0 1 1" });
  assert.equal(byItem.answers, { names: ["2", "3", "red"], of: "0 1 2 2" });
  assert.is(byItem.preferred, "1 2 1 2");
  assert.equal(byItem.voting, { "2": "2 4 0 2", "4": "2 2 0 1" }); // pairs of the first: 1 and 0 of two rounds, so 2 of 4 halves
  assert.equal(byItem.rules, { half: { sums: "2.5 4 4 2", valid: "4 4 4 3" } });
  assert.not("groups" in byItem);
});

test("tally: an item is who it is by its id and text, not by its place", () => {
  const items = [0, 1].map((index) => tally([{ item: fakeItems(2)[index]!, choices: [1] }], [1]).byItem.items);
  const turned = tally(
    fakeItems(2)
      .toReversed()
      .map((one) => ({ item: one, choices: [1] })),
    [1],
  );
  assert.is(turned.byItem.items, items.toReversed().join(" "));
});

test("tally: ACC+ is how often a group is right altogether", () => {
  const grouped = answered.map((one, index) => ({ ...one, item: { ...one.item, group: index < 2 ? "a" : "b" } }));
  const { accuracyPlus, byItem } = tally(grouped, [1]);
  assert.is(accuracyPlus, 0.25); // ½ · 1 of the first two, 0 · ½ of the others
  assert.is(byItem.groups, "0 0 1 1");
  assert.not("accuracyPlus" in counted);
});

test("tally: two items have an error over items, one has none", () => {
  const of = (...choices: (1 | 2)[]) => choices.map((choice) => ({ item: item(1), choices: [choice] }));
  near(tally(of(1, 2), [1]).accuracyStandardError, 0.5); // 1 and 0: variance ½, over 2 items, its root
  assert.is(tally(of(1), [1]).accuracyStandardError, 0);
});

test("tally: a question that compares nothing is right where its answer is given, whatever its case and spaces", () => {
  const asked = item("tie", "capital", "New Delhi");
  const responses = ["<answer>new  delhi </answer>", "<answer>Rome</answer>", "Rome", "<answer>tie</answer>"];
  const choices = responses.map((response) => choiceOf(asked, response));
  assert.equal(choices, ["new delhi", "rome", null, "tie"]);
  const one = tally([{ item: asked, choices }], [1, 3]);
  assert.equal([one.accuracy, one.unreadable, one.votesPerItem, one.byPreferred], [0.25, 0.25, [[1, 2]], {}]);
  assert.equal(one.byAnswer, { capital: { "New Delhi": { items: 1, accuracy: 0.25, said: 0.25 } } });
  assert.is(one.voting["3"], 0.5); // new delhi and rome have one vote of three each
  const wrong = { item: asked, choices: ["rome", "rome", "new delhi"] };
  assert.is(votedAccuracy(wrong, 3), 0);
  assert.is(votedAccuracy({ ...wrong, choices: ["rome", "oslo", "new delhi"] }, 3), 0.5); // two wrong ones that differ aren't a majority
});

test("tally: items without kind or answer are in no break-down; no items, no NaN", () => {
  const plain = tally([{ item: item(1), choices: [1] }], [1]);
  assert.equal([plain.byKind, plain.byAnswer, plain.accuracyStandardError], [{}, {}, 0]);
  const none = tally([], [1]);
  assert.equal([none.accuracy, none.voting, none.byPreferred["1"]], [0, { "1": 0 }, { items: 0, accuracy: 0, chosen: 0 }]);
});

test.run();
