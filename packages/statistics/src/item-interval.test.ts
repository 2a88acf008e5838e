import { test } from "uvu";
import * as assert from "uvu/assert";
import { pairedItemInterval } from "./item-interval.ts";

const first = [0, 1, 0.5, 0, 1, 0, 0.25, 1];
const second = [1, 1, 0.5, 0, 1, 1, 0.75, 0];

test("pairedItemInterval: the mean difference over items, the items drawn in pairs", () => {
  // d = 1, 0, 0, 0, 0, 1, 0.5, −1: 1.5/8
  const { estimate, low, high } = pairedItemInterval(first, second, { method: "percentile" });
  assert.is(estimate, 1.5 / 8);
  assert.ok(low < estimate && estimate < high);
  const shifted = first.map((value) => value + 0.25); // pairs: a constant difference has no chance in it
  const constant = pairedItemInterval(first, shifted, { method: "percentile" });
  assert.equal([constant.low, constant.high], [0.25, 0.25]);
});

test("pairedItemInterval: within their kind, so that the test set's mix stays", () => {
  // All of kind a gain 1, all of kind b nothing: with the mix kept there is no chance left.
  const kinds = ["a", "b", "a", "b"];
  const kept = pairedItemInterval([0, 0, 0, 0], [1, 0, 1, 0], { kinds, method: "percentile" });
  assert.equal([kept.low, kept.high, kept.estimate], [0.5, 0.5, 0.5]);
  const mixed = pairedItemInterval([0, 0, 0, 0], [1, 0, 1, 0], { method: "percentile" });
  // every item of a kind is in it: differences 4, 0, 1 of kind a, 1 of kind b
  assert.is(pairedItemInterval([0, 0, 0, 0], [4, 1, 0, 1], { kinds: ["a", "b", "a", "a"] }).estimate, 1.5);
  assert.ok(mixed.low < 0.5 && mixed.high > 0.5);
});

test("pairedItemInterval: what can't be paired is refused", () => {
  assert.throws(() => pairedItemInterval([1], [1, 2]), /expected pairs/);
  assert.throws(() => pairedItemInterval([1, 0], [1, 1], { kinds: ["a"] }), /1 kinds and 2 items/);
});

test.run();
