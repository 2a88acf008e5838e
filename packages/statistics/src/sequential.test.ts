import { test } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "./random.ts";
import { assertClose } from "./testing/close.ts";
import { normalCdf } from "./normal.ts";
import { levelAtLook } from "./sequential.ts";
import { studentTCritical } from "./student-t.ts";

test("levelAtLook: one look is a test at the level", () => {
  assertClose(levelAtLook(20, 20, { first: 20 }), 0.05, 1e-10);
  assertClose(levelAtLook(3, 3), 0.05, 1e-10);
});

test("levelAtLook: five equal looks are O'Brien and Fleming's by spending", () => {
  // Lan–DeMets bounds of ldbounds and gsDesign (sfLDOF, α = 0.05 two-sided, 5 looks): z = 4.877, 3.357, 2.680, 2.290, 2.031
  // The first of them spends 1e-6, so that it makes no difference to leave it out.
  const z = (level: number) => {
    let [low, high] = [0, 10];
    for (let step = 0; step < 60; step++) {
      const middle = (low + high) / 2;
      if (2 * normalCdf(-middle) > level) low = middle;
      else high = middle;
    }
    return low;
  };
  for (const [seeds, bound] of [
    [2, 3.357],
    [3, 2.68],
    [4, 2.29],
    [5, 2.031],
  ] as const)
    // prettier-ignore
    assertClose(z(levelAtLook(seeds, 5, { first: 2, level: 0.05 / 0.85 })), bound, 2e-3); // 0.85 of a level is spent
});

for (const planned of [8, 20])
  test(`levelAtLook: t tests at all looks from 5 to ${planned} seeds together keep the level`, () => {
    const random = randomStream(1, `looks ${planned}`);
    const bounds = Array.from({ length: planned - 4 }, (_, look) => studentTCritical(levelAtLook(5 + look, planned), 4 + look));
    let called = 0;
    for (let trial = 0; trial < 40_000; trial++) {
      let [sum, squares] = [0, 0];
      for (let seeds = 1; seeds <= planned; seeds++) {
        const value = random.normal();
        sum += value;
        squares += value * value;
        const error = Math.sqrt((squares - sum ** 2 / seeds) / (seeds - 1) / seeds);
        if (seeds < 5 || Math.abs(sum / seeds) <= bounds[seeds - 5]! * error) continue;
        called += 1;
        break;
      }
    }
    assert.ok(called / 40_000 > 0.042 && called / 40_000 < 0.0525, `${called}`); // standard error 0.0011
  });

test("levelAtLook: nothing is claimed before the first look, nor with more seeds than were planned", () => {
  assert.equal([levelAtLook(4, 20), levelAtLook(21, 20)], [0, 0]);
  assert.ok(levelAtLook(5, 20) > 0 && levelAtLook(5, 20) < 1e-4);
  assert.throws(() => levelAtLook(5, 20.5), /planned is 20.5, expected an integer/);
  assert.throws(() => levelAtLook(5, 20, { level: 5 }), /level is 5/);
  assert.throws(() => levelAtLook(NaN, 20), /seeds is NaN/);
});

test.run();
