import { test } from "uvu";
import * as assert from "uvu/assert";
import { signFlipPValue, smallestPValue } from "./sign-flip.ts";

test("signFlipPValue: counts the sign patterns that are at least as far from 0", () => {
  // d = 1, 2, 3: sums of the 8 patterns are ±6, ±4, ±2, 0, 0. |sum| ≥ 6: 2 of 8.
  assert.is(signFlipPValue([1, 2, 3]), 2 / 8);
  // d = 1, 2, −3: sum 0, and every pattern is at least that far.
  assert.is(signFlipPValue([1, 2, -3]), 1);
  // d = −1, 2, 3: sum 4; |sum| ≥ 4: ±6, ±4, 4 of 8.
  assert.is(signFlipPValue([-1, 2, 3]), 4 / 8);
});

test("signFlipPValue: two seeds can never get below 0.5, six can reach 0.031", () => {
  assert.is(signFlipPValue([0.1, 0.2]), 0.5);
  assert.is(signFlipPValue([0.01, 0.02, 0.03, 0.01, 0.05, 0.02]), 2 / 64);
  assert.is(smallestPValue(1), 1);
  assert.is(smallestPValue(2), 0.5);
  assert.is(smallestPValue(6), 0.03125);
});

test("signFlipPValue: sums that differ by rounding alone count as equal", () => {
  assert.is(signFlipPValue([0.1, 0.2, 0.3]), 2 / 8);
  assert.is(signFlipPValue([0.3, 0.1, 0.2]), 2 / 8);
  assert.is(signFlipPValue([0, 0, 0]), 1);
});

test("signFlipPValue: with more than 20 pairs it is drawn, and the same each time", () => {
  const all = Array.from({ length: 24 }, (_, index) => 0.01 + index / 1000);
  const p = signFlipPValue(all);
  assert.ok(p > 0 && p < 0.001, `p = ${p}`);
  assert.is(signFlipPValue(all), p);
  const mixed = Array.from({ length: 24 }, (_, index) => (index % 2 === 0 ? 1 : -1));
  assert.is(signFlipPValue(mixed), 1);
  assert.is(signFlipPValue(Array.from({ length: 24 }, () => 0)), 1); // every pattern is as far from 0 as what was seen
});

test("signFlipPValue: from 21 pairs on, (1 + hits) of 1 + 100,000 patterns", () => {
  // Exactly 2/2²¹ = 9.5e-7 would be below one of 100,001.
  const alike = signFlipPValue(Array.from({ length: 21 }, () => 0.1));
  assert.ok(alike >= 1 / 100_001, String(alike));
  // d = ±1, 16 of 24 up: P(|Σ s| ≥ 8) = 2 P(X ≥ 16) of binomial(24, ½) = 2 · 1,271,626/2²⁴ = 0.15159; its standard error 0.0011
  const some = signFlipPValue(Array.from({ length: 24 }, (_, index) => (index < 16 ? 1 : -1)));
  assert.ok(Math.abs(some - 0.15159) < 0.005, String(some));
  const patterns = some * 100_001;
  assert.ok(Math.abs(patterns - Math.round(patterns)) < 1e-6, String(patterns));
});

test("signFlipPValue: another seed draws other patterns", () => {
  const close = Array.from({ length: 30 }, (_, index) => (index % 3 === 0 ? -1 : 0.75));
  assert.is.not(signFlipPValue(close, { seed: 1 }), signFlipPValue(close, { seed: 2 }));
});

test("signFlipPValue: all 2²⁰ patterns of 20 pairs", () => {
  // All of one sign and size: only the pattern as it is and its mirror image are as far.
  assert.is(signFlipPValue(Array.from({ length: 20 }, () => 0.1)), 2 / 2 ** 20);
});

test.run();
