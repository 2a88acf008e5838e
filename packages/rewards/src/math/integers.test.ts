import { test } from "uvu";
import * as assert from "uvu/assert";
import { absolute, greatestCommonDivisor } from "./integers.ts";

test("integers: absolute value", () => {
  assert.equal([-3n, 0n, 3n].map(absolute), [3n, 0n, 3n]);
});

test("integers: greatest common divisor, of any signs and sizes", () => {
  const pairs = [[12n, 18n], [18n, 12n], [-12n, 18n], [12n, -18n], [7n, 5n], [0n, 4n], [-4n, 0n], [0n, 0n], [2n ** 100n, 6n ** 50n]] as const; // prettier-ignore
  assert.equal(pairs.map(([a, b]) => greatestCommonDivisor(a, b)), [6n, 6n, 6n, 6n, 1n, 4n, 4n, 0n, 2n ** 50n]); // prettier-ignore
});

test.run();
