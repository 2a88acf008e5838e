import { test } from "uvu";
import * as assert from "uvu/assert";
import { leastCount, turningPoint } from "./search.ts";

test("turningPoint: to the last digits, also at either end", () => {
  const root = turningPoint((x) => x * x >= 2, 0, 2);
  assert.ok(Math.abs(root - Math.SQRT2) < 1e-14, String(root));
  assert.ok(root * root >= 2, "where it holds");
  assert.is(
    turningPoint(() => false, 1, 3),
    3,
  );
  assert.ok(turningPoint(() => true, 1, 3) - 1 < 1e-14);
});

test("leastCount: every count from the first on, and the million's own", () => {
  for (const least of [2, 3, 4, 5, 6, 7, 8, 9, 100, 1023, 1024, 1025, 600_000, 999_999, 1_000_000])
    assert.is(
      leastCount((count) => count >= least, 2),
      least,
    );
  assert.is(
    leastCount((count) => count >= 1_000_001, 2),
    null,
  );
  assert.equal([leastCount(() => true, 1), leastCount(() => true, 2), leastCount((count) => count >= 2, 1)], [1, 2, 2]);
});

test("leastCount: never asks for fewer than the first, nor more than a million", () => {
  const asked: number[] = [];
  leastCount((count) => {
    asked.push(count);
    return count >= 700_000;
  }, 2);
  assert.ok(Math.min(...asked) >= 2 && Math.max(...asked) === 1_000_000);
  assert.ok(asked.length < 50, String(asked.length));
});

test.run();
