import { test } from "uvu";
import * as assert from "uvu/assert";
import { collapseWatch } from "./collapse.ts";

const rule = { below: 0.5, iterations: 3 };
const seen = (scores: readonly number[], saved: readonly number[] = []) => {
  const watch = collapseWatch(rule, saved);
  return scores.map((score) => watch.see(score));
};

test("collapse: so many iterations in a row below a share of the first", () => {
  const reasons = seen([1, 0.4, 0.4, 0.6, 0.4, 0.3, 0.2]);
  assert.equal(reasons.slice(0, -1), [null, null, null, null, null, null]);
  assert.is(reasons.at(-1), "the mean score was below 0.5 of the first iteration's (1.000) for 3 iterations, 0.200 at last");
});

test("collapse: exactly the share is not below it; a first score of 0 or less has no share", () => {
  assert.equal(seen([1, 0.5, 0.5, 0.5]), [null, null, null, null]);
  assert.equal(seen([0, -1, -1, -1]), [null, null, null, null]);
  assert.equal(seen([-1, -9, -9, -9]), [null, null, null, null]);
});

test("collapse: goes on from what was saved as if never stopped", () => {
  const watch = collapseWatch(rule, []);
  for (const score of [1, 0.4, 0.4]) watch.see(score);
  assert.equal([...watch.scores], [1, 1, 0.4, 0.4]); // the first, then the latest three
  assert.ok(seen([0.4], watch.scores)[0]);
});

test("collapse: no rule, no collapse", () => {
  const watch = collapseWatch(null, []);
  assert.equal(
    [1, 0, 0, 0, 0].map((score) => watch.see(score)),
    [null, null, null, null, null],
  );
});

test.run();
