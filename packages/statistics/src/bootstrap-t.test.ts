import { test } from "uvu";
import * as assert from "uvu/assert";
import { bootstrapTInterval } from "./bootstrap-t.ts";

/** Draws these values, again and again: 0, 2 and 4 by their places 0, 1 and 2 of three. */
const drawing = (...values: readonly number[]) => {
  let next = 0;
  return () => (values[next++ % values.length]! / 2 + 0.5) / 3;
};
// 0, 2, 4: mean 2, s = 2, standard error 2/√3
const error = 2 / Math.sqrt(3);
const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual}, expected ${expected}`);

test("bootstrapTInterval: one resample by hand", () => {
  // 0, 0, 2: mean ⅔, s² = (⅔² + ⅔² + (4/3)²)/2 = 4/3; t* = (⅔ − 2)/√(4/3/3) = −4/3 / ⅔ = −2; the ends are 2 + 2 · error
  const { low, high, estimate, level, method } = bootstrapTInterval([0, 2, 4], { resamples: 1 }, drawing(0, 0, 2));
  near(low, 2 + 2 * error);
  near(high, 2 + 2 * error);
  assert.equal([estimate, level, method], [2, 0.95, "bootstrap-t"]);
});

test("bootstrapTInterval: the upper quantile of t* makes the lower end", () => {
  // 0, 0, 2 and 4, 4, 2: t* = −2 and 2, the α/2 quantile −2 + 4 · 0.25 = −1 at level 0.5; 2, 2, 2 has t* = 0
  const two = bootstrapTInterval([0, 2, 4], { resamples: 2, level: 0.5 }, drawing(0, 0, 2, 4, 4, 2));
  near(two.low, 2 - error);
  near(two.high, 2 + error);
  const middle = bootstrapTInterval([0, 2, 4], { resamples: 1 }, drawing(2, 2, 2));
  assert.equal([middle.low, middle.high], [2, 2]);
});

test("bootstrapTInterval: a resample of one value only has t* = ±∞", () => {
  const above = bootstrapTInterval([0, 2, 4], { resamples: 1 }, drawing(4, 4, 4));
  assert.equal([above.low, above.high], [-Infinity, -Infinity]);
  const below = bootstrapTInterval([0, 2, 4], { resamples: 1 }, drawing(0, 0, 0));
  assert.equal([below.low, below.high], [Infinity, Infinity]);
  // also where rounding leaves some of its spread: 0.1 · 3 is not 0.3
  const rounded = bootstrapTInterval([0.1, 0.7, 0.9], { resamples: 1 }, drawing(0, 0, 0));
  assert.is(rounded.low, Infinity);
});

test("bootstrapTInterval: values that are all the same have no width, whatever was drawn", () => {
  const { low, high } = bootstrapTInterval([3, 3, 3], { resamples: 5 });
  assert.equal([low, high], [3, 3]);
});

test("bootstrapTInterval: the seed says what is drawn, 10,000 resamples and 95 % unless told otherwise", () => {
  const values = [1, 2, 4, 7, 5, 3];
  const ends = (options: object) => {
    const { low, high } = bootstrapTInterval(values, options);
    return [low, high];
  };
  assert.equal(ends({}), ends({ seed: 1, resamples: 10_000, level: 0.95 }));
  assert.not.equal(ends({}), ends({ seed: 2 }));
});

test.run();
