import { test } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "../random.ts";
import { assertClose } from "../testing/tensors.ts";
import { normalCdf } from "./normal.ts";
import { levelAtLook } from "./sequential.ts";

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
    assertClose(z(levelAtLook(seeds, 5, { first: 2 })), bound, 2e-3);
});

test("levelAtLook: all looks together keep the level", () => {
  const random = randomStream(1, "looks");
  const levels = Array.from({ length: 16 }, (_, look) => levelAtLook(5 + look, 20));
  let called = 0;
  for (let trial = 0; trial < 20_000; trial++) {
    let sum = 0;
    for (let seeds = 1; seeds <= 20; seeds++) {
      sum += random.normal();
      if (seeds >= 5 && 2 * normalCdf(-Math.abs(sum) / Math.sqrt(seeds)) <= levels[seeds - 5]!) {
        called += 1;
        break;
      }
    }
  }
  assertClose(called / 20_000, 0.05, 0.006); // standard error 0.0015
});

test("levelAtLook: nothing is claimed before the first look, nor with more seeds than were planned", () => {
  assert.equal([levelAtLook(4, 20), levelAtLook(21, 20)], [0, 0]);
  assert.ok(levelAtLook(5, 20) > 0 && levelAtLook(5, 20) < 1e-4);
  assert.throws(() => levelAtLook(5, 20.5), /planned is 20.5, expected an integer/);
  assert.throws(() => levelAtLook(5, 20, { level: 5 }), /level is 5/);
  assert.throws(() => levelAtLook(NaN, 20), /seeds is NaN/);
});

test.run();
