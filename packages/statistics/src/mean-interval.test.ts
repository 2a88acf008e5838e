import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "./errors.ts";
import { assertClose } from "./testing/close.ts";
import { bootstrapTInterval } from "./bootstrap-t.ts";
import { differenceInterval, meanInterval, tInterval } from "./mean-interval.ts";

test("tInterval: x̄ ± t s/√n", () => {
  // 1, 2, 3: mean 2, s = 1, t with 2 degrees at 95 % = 4.302653; ± 4.302653/√3 = 2.484138
  const { low, high, estimate } = tInterval([1, 2, 3]);
  assertClose(low, 2 - 2.484138, 1e-6);
  assertClose(high, 2 + 2.484138, 1e-6);
  assert.is(estimate, 2);
});

test("meanInterval: t by default, and it warns of what it misses with so few values", () => {
  const interval = meanInterval([0.61, 0.64, 0.6, 0.66, 0.63]);
  assert.is(interval.method, "t");
  assert.match(interval.coverageWarning!, /with 5 values/);
});

test("meanInterval: values that are all the same have an interval without width, and a warning", () => {
  const { low, high, coverageWarning } = meanInterval([1, 1, 1, 1, 1]);
  assert.equal([low, high], [1, 1]);
  assert.match(coverageWarning!, /all 5 values are the same/);
});

test("meanInterval: every method holds its estimate and moves with the values", () => {
  for (const method of ["t", "bootstrap-t", "bca", "percentile", "expanded-percentile"] as const) {
    const { low, high, estimate } = meanInterval([1, 2, 4, 7, 5], { method, resamples: 1000 });
    assert.ok(low < estimate && estimate < high, method);
    const moved = meanInterval([101, 102, 104, 107, 105], { method, resamples: 1000 });
    assertClose(moved.low - low, 100, 1e-9);
    assert.is(moved.method, method);
  }
});

test("differenceInterval: what pairs have in common drops out", () => {
  const { estimate, low, high } = differenceInterval([10, 20, 30], [11, 22, 33]); // d = 1, 2, 3
  assert.equal([estimate, low, high], [2, tInterval([1, 2, 3]).low, tInterval([1, 2, 3]).high]);
  assert.throws(
    () => differenceInterval([1, 2], [1]),
    (error: unknown) => error instanceof InputError,
  );
});

test("bootstrapTInterval: skewed to the side of the long tail", () => {
  const { low, high, estimate } = bootstrapTInterval([1, 1.1, 1.2, 1.4, 4]);
  assert.ok(high - estimate > estimate - low, `${low} ${estimate} ${high}`);
});

test("bootstrapTInterval: two values only, most of one: resamples without spread make it infinite, not NaN", () => {
  // 0, 0, 0, 1: all four draws 0 has probability (3/4)⁴ = 0.32, there t* = −∞, so the upper end is ∞.
  const { low, high } = bootstrapTInterval([0, 0, 0, 1]);
  assert.is(high, Infinity);
  assert.not.ok(Number.isNaN(low));
});

test.run();
