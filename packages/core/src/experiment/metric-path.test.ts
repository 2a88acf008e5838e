import { test } from "uvu";
import * as assert from "uvu/assert";
import { fitsWay, keysOfWay, metricPath, valueOfWay } from "./metric-path.ts";

const results = {
  accuracy: 0.5,
  byKind: { "a.b": { accuracy: 0.25 }, a: { b: 1, accuracy: 0.75 }, "a.b.accuracy": { accuracy: 0.125 } },
  rules: { "my.rule": 2, "my.rule.2": 3, my: 4, "no.number": "NaN" },
  perItem: [1, 0],
};

test("keysOfWay: keys that hold dots, beside others that begin alike", () => {
  assert.equal(keysOfWay(results, "accuracy"), ["accuracy"]);
  assert.equal(keysOfWay(results, "byKind.a.b.accuracy"), ["byKind", "a.b", "accuracy"]);
  assert.equal(keysOfWay(results, "byKind.a.accuracy"), ["byKind", "a", "accuracy"]);
  assert.equal(keysOfWay(results, "byKind.a.b.accuracy.accuracy"), ["byKind", "a.b.accuracy", "accuracy"]);
  assert.is(valueOfWay(results, "rules.my.rule"), 2);
  assert.is(valueOfWay(results, "rules.my.rule.2"), 3);
  assert.is(valueOfWay(results, "rules.my"), 4);
  assert.is(valueOfWay(results, "rules.no.number"), "NaN");
});

test("keysOfWay: nothing where no number stands", () => {
  for (const way of [
    "",
    "byKind",
    "byKind.a",
    "rules.your.rule",
    "perItem",
    "perItem.0",
    "constructor",
    "rules.toString",
    "accuracy.x",
  ])
    assert.is(keysOfWay(results, way), null, way);
  assert.is(keysOfWay(null, "a"), null);
  assert.is(valueOfWay(undefined, "a"), undefined);
});

test("metricPath: the stage is what stands before the first dot", () => {
  assert.equal(metricPath("evaluate.rules.my.rule"), { stage: "evaluate", way: "rules.my.rule" });
  assert.equal(metricPath("evaluate"), { stage: "evaluate", way: "" });
});

test("fitsWay: * is any name, dots included, and not none", () => {
  assert.ok(fitsWay("byKind.*.accuracy", "byKind.a.b.accuracy"));
  assert.not(fitsWay("byKind.*.accuracy", "byKind..accuracy"));
  assert.not(fitsWay("byKind.*.accuracy", "byKind.a.items"));
  assert.ok(fitsWay("rules.my.rule", "rules.my.rule"));
  assert.not(fitsWay("rules.my.rule", "rules.my-rule"));
});

test.run();
