import { test } from "uvu";
import * as assert from "uvu/assert";
import { metricByItem } from "./item-values.ts";
import { comparedMetrics, metricValue } from "./metric.ts";

// Kinds and rules may be called as they like, with dots in their names.
const results = {
  accuracy: 0.5,
  samples: 1,
  perItem: [1, 0, 1, 0],
  byKind: { "a.b": { items: 2, accuracy: 0.5 }, a: { items: 2, accuracy: 0.5 } },
  rules: { "my.rule": 0.75, my: 0.25 },
  byItem: {
    items: "w x y z",
    kinds: { names: ["a.b", "a"], of: "0 0 1 1" },
    rules: { "my.rule": { sums: "1 1 1 0" }, my: { sums: "1 0 0 0" } },
  },
};
const run = { stages: [{ name: "evaluate", use: "evaluate", key: "k", folder: "", results }] };

test("metricValue, metricByItem: a name with dots is one name", () => {
  assert.is(metricValue(run, "evaluate.byKind.a.b.accuracy"), 0.5);
  assert.is(metricValue(run, "evaluate.rules.my.rule"), 0.75);
  assert.is(metricValue(run, "evaluate.rules.my"), 0.25);
  assert.is(metricValue(run, "evaluate.rules.rule"), null);
  assert.equal(metricByItem(run, "evaluate.byKind.a.b.accuracy"), { ids: ["w", "x"], values: [1, 0], unit: "item" });
  assert.equal(metricByItem(run, "evaluate.rules.my.rule")!.values, [1, 1, 1, 0]);
});

test("metricsOf: titles and shares of names with dots", () => {
  const grid = {
    compare: "evaluate.rules.my.rule",
    alsoCompare: ["evaluate.byKind.a.b.accuracy"],
    cells: [{ runs: [run] }],
  } as never;
  assert.equal(
    comparedMetrics(grid).map(({ title, isShare, better }) => [title, isShare, better]),
    [
      ["my.rule", true, null],
      ["accuracy, a.b", true, "higher"],
    ],
  );
});

test.run();
