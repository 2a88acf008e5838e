import { test } from "uvu";
import * as assert from "uvu/assert";
import { collapseWatch } from "./collapse.ts";
import type { SavedCollapse } from "./collapse.ts";

const rule = { below: 0.5, iterations: 3, skipped: 0.5 };
const seen = (scores: readonly number[], saved?: SavedCollapse) => {
  const watch = collapseWatch(rule, saved);
  return scores.map((score) => watch.see({ score, updates: 1, skipped: 0 }));
};

test("collapse: so many iterations in a row below a share of the first", () => {
  const reasons = seen([1, 0.4, 0.4, 0.6, 0.4, 0.3, 0.2]);
  assert.equal(reasons.slice(0, -1), [null, null, null, null, null, null]);
  assert.is(reasons.at(-1), "the mean score was below 0.5 of the first iteration's (1.000) for 3 iterations, 0.200 at last");
});

test("collapse: exactly the share is not below it; a first score of 0 or less has no share; one that is no number is none", () => {
  assert.equal(seen([1, 0.5, 0.5, 0.5]), [null, null, null, null]);
  assert.equal(seen([0, -1, -1, -1]), [null, null, null, null]);
  assert.equal(seen([-1, -9, -9, -9]), [null, null, null, null]);
  assert.equal(seen([Infinity, 1, NaN, 1, 1]), [null, null, null, null, null]);
  assert.equal(seen([Infinity, 1, 1, 1]), [null, null, null, null], "1 is the first");
  assert.match(seen([1, 0.4, NaN, 0.4, 0.4]).at(-1)!, /for 3 iterations, 0\.400 at last/);
});

test("collapse: goes on from what was saved as if never stopped", () => {
  const watch = collapseWatch(rule, undefined);
  for (const score of [1, 0.4, 0.4]) watch.see({ score, updates: 2, skipped: 1 });
  assert.equal(watch.saved, {
    scores: [1, 1, 0.4, 0.4], // the first, then the latest three
    updates: [1, 2, 3].map(() => ({ updates: 2, skipped: 1 })),
    total: { updates: 6, skipped: 3 },
  });
  const saved = JSON.parse(JSON.stringify(watch.saved)) as SavedCollapse;
  assert.ok(seen([0.4], saved)[0]);
});

test("collapse: more than the share of the latest iterations' updates skipped", () => {
  const watch = collapseWatch(rule, undefined);
  const skipped = [3, 1, 2, 2, 3].map((count) => watch.see({ updates: 4 - count, skipped: count })); // of 4 each: 6, 5, 7 of 12
  assert.equal(skipped.slice(0, 4), [null, null, null, null], "6 of 12 is the share itself, 5 less");
  assert.is(skipped[4], "7 of 12 updates of the last 3 iterations were skipped, more than 0.5 of them");
});

test("collapse: more than the share of the whole run's, though never in so many iterations as are looked at", () => {
  const watch = collapseWatch({ ...rule, iterations: 10 }, undefined);
  assert.is(watch.see({ updates: 1, skipped: 3 }), null);
  assert.is(watch.atEnd(), "3 of 4 updates of the run were skipped, more than 0.5 of them");
  watch.see({ updates: 2, skipped: 0 });
  assert.is(watch.atEnd(), null);
});

test("collapse: no rule, no collapse; no update at all is no share", () => {
  const watch = collapseWatch(null, undefined);
  assert.equal(
    [1, 0, 0, 0, 0].map((score) => watch.see({ score, updates: 0, skipped: 5 })),
    [null, null, null, null, null],
  );
  assert.is(watch.atEnd(), null);
  assert.is(collapseWatch(rule, undefined).atEnd(), null);
});

test.run();
