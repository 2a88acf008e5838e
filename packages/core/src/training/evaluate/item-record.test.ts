import { test } from "uvu";
import * as assert from "uvu/assert";
import type { PreferenceItem } from "../../kinds.ts";
import { fakeItems } from "../../testing/fake-model.ts";
import { itemRecord } from "./item-record.ts";

const plain = fakeItems(1)[0]!;
/** Items without a kind, an answer or a group but those given, all with two samples: right and unreadable. */
const answered = (...given: readonly Partial<PreferenceItem & { group: string }>[]) =>
  given.map((own, index) => ({
    item: { ...plain, id: `${index}`, kind: undefined, answer: undefined, ...own } as unknown as PreferenceItem,
    choices: [plain.preferred, null] as const,
  }));

test("item record: what no item has is not there", () => {
  const record = itemRecord(answered({}, {}), [1]);
  assert.equal(Object.keys(record).sort(), ["items", "preferred", "rules", "voting"]);
  assert.equal([record.voting, record.rules], [{}, {}]);
});

test("item record: an item without a kind or an answer has −1 where others have one", () => {
  const { kinds, answers } = itemRecord(
    answered({ kind: "count" }, {}, { kind: "colour", answer: "red" }, { kind: "count" }),
    [1],
  );
  assert.equal(kinds, { names: ["count", "colour"], of: "0 -1 1 0" });
  assert.equal(answers, { names: ["red"], of: "-1 -1 0 -1" });
});

test("item record: groups where two items are in one; an item without one is by itself", () => {
  assert.is(itemRecord(answered({ group: "a" }, {}, { group: "a" }, { group: "b" }), [1]).groups, "0 1 0 2");
  assert.is(itemRecord(answered({ group: "a" }, {}, { group: "b" }), [1]).groups, undefined);
});

test("item record: a rule's valid outcomes are counted where one was invalid, and only then", () => {
  const rules = (...outcomes: (number | { invalid: string })[]) =>
    itemRecord(answered({}, {}), [1], { rule: outcomes } as never).rules.rule;
  assert.equal(rules(0.5, 0.25, 1, 0), { sums: "0.75 1" });
  assert.equal(rules(0.5, { invalid: "away" }, { invalid: "away" }, { invalid: "away" }), { sums: "0.5 0", valid: "1 0" });
  // the order of additions doesn't show
  assert.equal(rules(0.1, 0.2, 0.7, 0.1), { sums: "0.3 0.8" });
});

test("item record: majorities of sizes that the samples suffice for", () => {
  assert.equal(itemRecord(answered({}, {}), [1, 2, 3]).voting, { "2": "2 2" });
});

test.run();
