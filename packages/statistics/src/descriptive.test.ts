import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "./errors.ts";
import { assertClose } from "./testing/close.ts";
import {
  interquartileMean,
  mean,
  median,
  pairedDifferences,
  quantileOfSorted,
  sampleVariance,
  standardDeviation,
  standardError,
} from "./descriptive.ts";

test("mean, median", () => {
  assert.is(mean([1, 2, 6]), 3);
  assert.is(median([6, 1, 2]), 2);
  assert.is(median([4, 1, 2, 8]), 3);
});

test("interquartileMean: ⌊n/4⌋ of each end are left out, as SciPy does", () => {
  // 5 values: ⌊1.25⌋ = 1 of each end; (2 + 3 + 4)/3 = 3. With parts of values it would be 3.0 here too, so one that tells them apart:
  // 0, 0, 1, 5, 100: (0 + 1 + 5)/3 = 2; with parts (0·0.75 + 1 + 5·0.75)/2.5 = 1.9.
  assert.is(interquartileMean([100, 1, 5, 0, 0]), 2);
  assert.is(interquartileMean([1, 2, 9]), 4);
  assert.is(interquartileMean([1, 2, 4, 90]), 3);
});

test("variance, deviation and error of 1, 2, 3, 6", () => {
  // mean 3, squares 4 + 1 + 0 + 9 = 14; 14/3; √(14/3/4) = 1.0801
  assertClose(sampleVariance([1, 2, 3, 6]), 14 / 3, 1e-12);
  assertClose(standardDeviation([1, 2, 3, 6]), Math.sqrt(14 / 3), 1e-12);
  assertClose(standardError([1, 2, 3, 6]), Math.sqrt(14 / 12), 1e-12);
});

test("quantileOfSorted: by a straight line between neighbours", () => {
  // place 0.25 · 3 = 0.75, between 0 and 10
  assert.is(quantileOfSorted([0, 10, 20, 40], 0.25), 7.5);
  assert.is(quantileOfSorted([0, 10, 20, 40], 1), 40);
  assert.is(quantileOfSorted([-Infinity, -Infinity, 0, Infinity], 0.2), -Infinity);
  assert.is(quantileOfSorted([-Infinity, 0, Infinity, Infinity], 0.9), Infinity);
});

test("quantileOfSorted: shares beyond 0 and 1 count as those; one value is every quantile", () => {
  assert.equal(
    [-0.5, 0, 1, 1.5].map((share) => quantileOfSorted([1, 2, 5], share)),
    [1, 1, 5, 5],
  );
  assert.equal([quantileOfSorted([7], 0), quantileOfSorted([7], 1)], [7, 7]);
});

test("pairedDifferences: second less first", () => assert.equal(pairedDifferences([1, 2], [4, 1]), [3, -1]));

test("what is no number, or too few, is refused with its place", () => {
  const refused = (what: () => unknown, message: RegExp) =>
    assert.throws(what, (error: unknown) => error instanceof InputError && message.test(error.message));
  refused(() => mean([]), /^mean: 0 values, expected at least 1$/);
  refused(() => mean([1, NaN]), /^mean: value 1 is NaN, expected a finite number$/);
  refused(() => sampleVariance([1]), /^sampleVariance: 1 values, expected at least 2$/);
});

test.run();
