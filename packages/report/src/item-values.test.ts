import { test } from "uvu";
import * as assert from "uvu/assert";
import { metricByItem } from "./item-values.ts";
import { pairItems } from "./pairing.ts";

const near = (actual: readonly number[], expected: readonly number[]) => {
  assert.is(actual.length, expected.length);
  actual.forEach((value, index) => assert.ok(Math.abs(value - expected[index]!) < 1e-12, `${actual}, expected ${expected}`));
};
const run = (results: unknown) => ({ stages: [{ name: "evaluate", use: "evaluate", key: "k", folder: "/nowhere", results }] });
const valuesOf = (results: object, way: string) => metricByItem(run(results), `evaluate.${way}`)?.values ?? null;

/** Four items of four samples, as tally.test.ts counts them. */
const results = {
  samples: 4,
  accuracy: 0.5,
  perItem: [0.5, 1, 0, 0.5],
  votesPerItem: [
    [2, 1],
    [4, 0],
    [0, 2],
    [2, 2],
  ],
  voting: { "1": 0.5, "2": 0.5, "4": 0.625 },
  unreadable: 3 / 16,
  byKind: { count: { items: 2, accuracy: 0.75 }, colour: { items: 2, accuracy: 0.25 } },
  byAnswer: { colour: { red: { items: 2, accuracy: 0.25, said: 0.25 } } },
  byPreferred: { "1": { items: 2, accuracy: 0.25, chosen: 0.25 }, "2": { items: 2, accuracy: 0.75, chosen: 9 / 16 } },
  rules: { format: 13 / 16, judge: 10 / 14 },
  byItem: {
    items: "a b c d",
    preferred: "1 2 1 2",
    kinds: { names: ["count", "colour"], of: "0 0 1 1" },
    answers: { names: ["2", "3", "red"], of: "0 1 2 2" },
    voting: { "2": "2 4 0 2" },
    rules: { format: { sums: "3 4 2 4" }, judge: { sums: "3 4 1 2", valid: "4 4 2 4" } },
  },
};

test("metricByItem: every metric that is a mean over items, from what was kept of them", () => {
  near(valuesOf(results, "accuracy")!, [0.5, 1, 0, 0.5]);
  near(valuesOf(results, "voting.1")!, [0.5, 1, 0, 0.5]);
  near(valuesOf(results, "voting.2")!, [0.5, 1, 0, 0.5]); // halves of two rounds
  near(valuesOf(results, "voting.4")!, [1, 1, 0, 0.5]); // from the votes
  near(valuesOf(results, "unreadable")!, [0.25, 0, 0.5, 0]);
  near(valuesOf(results, "byKind.colour.accuracy")!, [0, 0.5]);
  near(valuesOf(results, "byAnswer.colour.red.accuracy")!, [0, 0.5]);
  near(valuesOf(results, "byPreferred.1.accuracy")!, [0.5, 0]);
  near(valuesOf(results, "byPreferred.1.chosen")!, [0.5, 0, 0, 0.5]);
  near(valuesOf(results, "rules.format")!, [0.75, 1, 0.5, 1]);
});

test("metricByItem: with invalid outcomes the linear part of the ratio, whose mean is the rule's", () => {
  // R = 10/14, n̄ = 3.5: R + (x − R n)/n̄
  const ratio = 10 / 14;
  near(
    valuesOf(results, "rules.judge")!,
    [
      [3, 4],
      [4, 4],
      [1, 2],
      [2, 4],
    ].map(([sum, count]) => ratio + (sum! - ratio * count!) / 3.5),
  );
});

test("metricByItem: items that belong together are one, and ACC+ is the product of theirs", () => {
  const grouped = { ...results, accuracyPlus: 0.25, byItem: { ...results.byItem, groups: "0 0 1 1" } };
  near(valuesOf(grouped, "accuracy")!, [0.75, 0.25]);
  near(valuesOf(grouped, "accuracyPlus")!, [0.5, 0]);
  const { ids, unit } = metricByItem(run(grouped), "evaluate.accuracy")!;
  assert.equal([ids, unit], [["a+b", "c+d"], "group"]);
  // 3 and 1 items: R = ½, v = ½ + (Σx − ½ n) · 2/4
  const uneven = { ...results, byItem: { ...results.byItem, groups: "0 0 0 1" } };
  near(valuesOf(uneven, "accuracy")!, [0.5, 0.5]);
});

test("metricByItem: no mean over items, not kept, or numbers that don't belong together: null", () => {
  assert.is(valuesOf(results, "accuracyStandardError"), null);
  assert.is(valuesOf(results, "byAnswer.colour.red.said"), null);
  assert.is(valuesOf(results, "nothing"), null);
  const { byItem: _byItem, ...old } = results;
  near(valuesOf(old, "accuracy")!, [0.5, 1, 0, 0.5]);
  near(valuesOf(old, "voting.4")!, [1, 1, 0, 0.5]);
  for (const way of ["voting.2", "byKind.colour.accuracy", "rules.format"]) assert.is(valuesOf(old, way), null, way);
  assert.is(valuesOf({ ...results, accuracy: 0.6 }, "accuracy"), null);
  assert.is(valuesOf({ ...results, byItem: { ...results.byItem, groups: "0 0 1" } }, "accuracy"), null);
  assert.is(valuesOf({ ...results, perItem: [0.5, null, 0, 0.5] }, "accuracy"), null);
  assert.is(valuesOf({ ...results, byItem: { ...results.byItem, voting: { "2": "2 4 0" } } }, "voting.2"), null);
});

const row = (ids: string | null, values: readonly number[], unit: "item" | "group" = "item") => ({
  ids: ids === null ? null : ids.split(" "),
  values,
  unit,
});
const whyOf = (...all: Parameters<typeof pairItems>) => {
  const made = pairItems(...all);
  return "why" in made ? made.why : null;
};

test("pairItems: by who they are, in whatever order", () => {
  const made = pairItems([row("a b c", [1, 2, 3]), row("c a b", [3, 1, 2])], true);
  assert.equal("rows" in made && made.rows, [
    [1, 2, 3],
    [1, 2, 3],
  ]);
});

test("pairItems: other items, another number of them, unknown in some", () => {
  assert.match(whyOf([row("a b", [1, 2]), row("a c", [1, 2])], true)!, /measured on different items/);
  assert.match(whyOf([row("a a", [1, 2]), row("b a", [1, 2])], true)!, /measured on different items/);
  assert.match(whyOf([row("a b", [1, 2]), row("a", [1])], true)!, /different numbers of items, 2 and 1/);
  assert.match(whyOf([row("a b", [1, 2]), null], true)!, /1 of 2 runs don’t say what it is made of/);
  assert.match(whyOf([null, null], true)!, /no run says/);
  assert.match(whyOf([row("a b", [1, 2]), row(null, [1, 2])], false)!, /1 of 2 runs don’t say which items/);
  assert.match(whyOf([row("a b", [1, 2]), row("a b", [1, 2], "group")], true)!, /only some runs say which items belong together/);
});

test("pairItems: of older runs on the same data equal numbers are the same items in order", () => {
  assert.is(whyOf([row("a b", [1, 2]), row(null, [1, 2])], true), null);
  assert.is(whyOf([row(null, [1, 2]), row(null, [1, 2])], false), null);
});

test.run();
