import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertClose } from "./testing/close.ts";
import { wilsonInterval } from "./wilson.ts";

test("wilsonInterval: 0 of 5 and 5 of 5 have a width", () => {
  // z² = 3.841459; (z²/n)/(1 + z²/n) = 0.768292/1.768292 = 0.434482
  const none = wilsonInterval(0, 5);
  assert.is(none.low, 0);
  assertClose(none.high, 0.434482, 1e-6);
  const all = wilsonInterval(5, 5);
  assertClose(all.low, 1 - 0.434482, 1e-6);
  assert.is(all.high, 1);
});

test("wilsonInterval: covers, counted over all outcomes and shares from 0.05 to 0.95", () => {
  for (const [of, least] of [
    [5, 0.9],
    [10, 0.91],
    [30, 0.925],
  ] as const) {
    // prettier-ignore
    const coverages = Array.from({ length: 91 }, (_, step) => coverageOf(0.05 + step / 100, of));
    const average = coverages.reduce((sum, value) => sum + value, 0) / coverages.length;
    assert.ok(average > 0.93 && average < 0.97, `on average over the shares, ${of} runs: ${average}`);
    assert.ok(Math.min(...coverages) > least, `at the worst share, ${of} runs: ${Math.min(...coverages)}`);
  }
});

test("wilsonInterval: more than all is refused", () => {
  assert.throws(() => wilsonInterval(6, 5), /of is 5, expected an integer of at least 6/);
  assert.throws(() => wilsonInterval(0, 0), /of is 0/);
});

/** The exact probability that the interval holds the true share. */
function coverageOf(share: number, of: number): number {
  let covered = 0;
  let choose = 1;
  for (let count = 0; count <= of; count++) {
    const { low, high } = wilsonInterval(count, of);
    if (low <= share && share <= high) covered += choose * share ** count * (1 - share) ** (of - count);
    choose = (choose * (of - count)) / (count + 1);
  }
  return covered;
}

test.run();
