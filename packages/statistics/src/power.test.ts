import { test } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "./random.ts";
import { assertClose } from "./testing/close.ts";
import { noncentralTUpper } from "./noncentral-t.ts";
import { detectableDifference, powerOf, seedsNeeded } from "./power.ts";
import { studentTTwoSided, tTest } from "./student-t.ts";

test("noncentralTUpper: without noncentrality it is Student's t; with one degree, Cauchy's", () => {
  assertClose(noncentralTUpper(2.5, 4, 0), studentTTwoSided(2.5, 4) / 2, 1e-8);
  assertClose(noncentralTUpper(1, 1, 0), 0.25, 1e-8); // ½ − arctan(1)/π
});

test("noncentralTUpper: where a series would underflow", () => {
  // One degree, t = 76, δ = 97: P(Z + δ > t|U|) ≈ P(|U| < 97/76) = 2Φ(1.2763) − 1 = 0.7981, but for Z's small share
  assertClose(noncentralTUpper(76, 1, 97), 0.7981, 2e-4);
});

test("powerOf: no difference is found as often as the level says; a huge one always", () => {
  assertClose(powerOf(0, 1, 5), 0.05, 1e-8);
  assertClose(powerOf(0, 1, 5, { comparisons: 5 }), 0.01, 1e-8);
  assertClose(powerOf(100, 1, 5), 1, 1e-8);
  assert.is(powerOf(2, 1, 5), powerOf(-2, 1, 5));
});

test("powerOf: is how often the t test finds a difference", () => {
  const random = randomStream(1, "power");
  let found = 0;
  for (let trial = 0; trial < 4000; trial++)
    found += Number(tTest(Array.from({ length: 5 }, () => 1.5 + random.normal())).pValue <= 0.05);
  assertClose(found / 4000, powerOf(1.5, 1, 5), 0.025); // standard error 0.0075
});

test("detectableDifference, seedsNeeded: the two are inverse, in the unit of the deviation", () => {
  const five = detectableDifference(1, 5);
  assertClose(five, 1.68, 0.01); // Cohen's table: 5 pairs see 1.7 standard deviations with power 0.8
  assertClose(detectableDifference(0.02, 5), 0.02 * five, 1e-9);
  assert.is(seedsNeeded(five + 1e-9, 1), 5);
  assert.is(seedsNeeded(five - 1e-3, 1), 6);
  assert.is(seedsNeeded(0.01, 0.02), seedsNeeded(-0.5, 1));
  assert.is(seedsNeeded(0, 1), null);
  assert.is(seedsNeeded(1000, 1), 2);
  assert.is(seedsNeeded(1e-4, 1), null);
  const many = seedsNeeded(0.0035, 1)!; // about (z_{0.975} + z_{0.8})²/0.0035² = 640,723
  assert.ok(Math.abs(many - 640_723) < 10, String(many));
  assert.ok(detectableDifference(1, 5, { comparisons: 6 }) > five);
  assert.equal([detectableDifference(1, 5, { power: 0.04 }), detectableDifference(1, 5, { power: 0.05 })], [0, 0]);
  assert.ok(detectableDifference(1, 5, { power: 0.04, comparisons: 2 }) > 0.1, "of 2 comparisons each has 0.025");
});

test("detectableDifference: impossible questions are refused", () => {
  assert.throws(() => detectableDifference(1, 1), /seeds is 1, expected an integer of at least 2/);
  assert.throws(() => detectableDifference(1, 5, { power: 1 }), /power is 1, expected a number between 0 and 1/);
});

test.run();
