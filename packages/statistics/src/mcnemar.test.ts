import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertClose } from "./testing/close.ts";
import { mcnemar, mcnemarOf } from "./mcnemar.ts";

test("mcnemar: 1 against 4", () => {
  // X ~ binomial(5, ½): 2 P(X ≤ 1) = 2 · (1 + 5)/32 = 0.375; mid-p 0.375 − 5/32 = 0.21875
  const { exact, midP } = mcnemar(1, 4);
  assertClose(exact, 0.375, 1e-12);
  assertClose(midP, 0.21875, 1e-12);
  assert.equal({ ...mcnemar(4, 1), onlyFirst: 1, onlySecond: 4 }, mcnemar(1, 4));
});

test("mcnemar: as many on either side, and none at all", () => {
  assertClose(mcnemar(2, 2).exact, 1, 1e-12);
  assertClose(mcnemar(2, 2).midP, 1 - 6 / 16 / 2, 1e-12);
  assert.equal(mcnemar(0, 0), { onlyFirst: 0, onlySecond: 0, exact: 1, midP: 1 });
});

test("mcnemarOf: counts the items on which the two differ", () => {
  const { onlyFirst, onlySecond } = mcnemarOf([true, true, false, false, true], [true, false, true, true, true]);
  assert.equal([onlyFirst, onlySecond], [1, 2]);
  assert.throws(() => mcnemarOf([true], []), /1 and 0 items, expected the same items/);
});

test.run();
