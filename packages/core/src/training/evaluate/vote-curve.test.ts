import { test } from "uvu";
import * as assert from "uvu/assert";
import type { PreferenceItem, Preferred } from "../../kinds.ts";
import { fakeItems } from "../../testing/fake-model.ts";
import { turnedItem, voteCurves } from "./vote-curve.ts";
import type { Ballot } from "./vote-curve.ts";

const item = (preferred: Preferred, group?: string): PreferenceItem =>
  ({ ...fakeItems(1)[0]!, preferred, ...(group === undefined ? {} : { group }) }) as PreferenceItem;
const ballot = (choice: Ballot["choice"], confidence = 1, tokens = 10, swapped = false): Ballot => ({
  choice,
  confidence,
  tokens,
  swapped,
});
const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual}, expected ${expected}`);

// Two items of four votes, with their confidence.
const polled = [
  { item: item(1), ballots: [ballot(1, 0.9), ballot(2, 0.4, 20), ballot(2, 0.3), ballot(null, 0, 40)] },
  { item: item(2), ballots: [ballot(2, 0.6), ballot(1, 0.6), ballot(1, 0.9), ballot(2, 0.5)] },
];
const { curves, byItem, position } = voteCurves(polled, [1, 2, 4, 8], ["majority", "confidence"]);

test("vote curve: majorities by hand", () => {
  // 1: ¼ and ½. 2: first (1,2) ½, (2,–) 0 → ¼; second (2,1) ½, (1,2) ½ → ½. 4: first 1 against 2 → 0; second 2 against 2 → ½
  near(curves.majority!["1"]!.accuracy, (1 / 4 + 1 / 2) / 2);
  near(curves.majority!["2"]!.accuracy, (1 / 4 + 1 / 2) / 2);
  near(curves.majority!["4"]!.accuracy, (0 + 1 / 2) / 2);
  assert.is(curves.majority!["8"], undefined, "there are four votes");
});

test("vote curve: sums of confidence by hand", () => {
  // 2: first 0.9 against 0.4 → 1, then 0 against 0.3 → 0: ½; second 0.6 against 0.6 → ½, then 0.5 against 0.9 → 0: ¼
  near(curves.confidence!["2"]!.accuracy, (1 / 2 + 1 / 4) / 2);
  // 4: first 0.9 against 0.7 → 1; second 1.1 against 1.5 → 0
  near(curves.confidence!["4"]!.accuracy, 1 / 2);
  assert.equal(byItem.won, {
    majority: { "1": "2 4", "2": "1 2", "4": "0 1" },
    confidence: { "1": "2 4", "2": "2 1", "4": "2 0" },
  });
});

test("vote curve: what votes cost", () => {
  assert.is(byItem.tokens, "80 40");
  // 20 and 10 tokens a vote: 15 on average
  assert.equal(
    ["1", "2", "4"].map((size) => curves.majority![size]!.tokens),
    [15, 30, 60],
  );
  assert.is(position, undefined);
});

test("vote curve: the standard error over items, and over groups of them", () => {
  // shares ¼ and ½: deviations ∓⅛; √(2 · (1/64 + 1/64)) / 2 = 1/8
  near(curves.majority!["1"]!.standardError, 1 / 8);
  const together = ["a", "a", "b"].map((group, index) => ({ item: item(1, group), ballots: [ballot(index === 2 ? 2 : 1)] }));
  // mean ⅔; groups' sums ⅔ and −⅔: √(2 · 8/9) / 3
  near(voteCurves(together, [1], ["majority"]).curves.majority!["1"]!.standardError, Math.sqrt(16 / 9) / 3);
});

test("vote curve: who always names what is shown first decides nothing once orders are swapped", () => {
  const first = (preferred: Preferred) => ({ item: item(preferred), ballots: [ballot(1), ballot(2, 1, 10, true)] });
  const biased = voteCurves([first(1), first(2)], [2], ["majority"]);
  assert.equal(biased.position, { choosesFirst: 1, consistent: 0 });
  assert.is(biased.curves.majority!["2"]!.accuracy, 0.5);
  assert.equal([biased.byItem.first, biased.byItem.decided], ["2 2", "2 2"]);
  const steady = voteCurves([{ item: item(1), ballots: [ballot(1), ballot(1, 1, 10, true)] }], [2], ["majority"]);
  assert.equal(steady.position, { choosesFirst: 0.5, consistent: 1 });
});

test("vote curve: an item the other way round; one that compares nothing stays", () => {
  const shown = turnedItem(item(2));
  assert.equal([shown.responses, shown.preferred], [["two", "one"], 1]);
  assert.is(turnedItem(item("tie")).preferred, "tie");
  const question = { ...item(1), responses: ["", ""] as [string, string], answer: "red" };
  assert.is(turnedItem(question), question);
});

test.run();
