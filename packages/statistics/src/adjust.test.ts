import { test } from "uvu";
import * as assert from "uvu/assert";
import { benjaminiHochberg, holm } from "./adjust.ts";

test("holm: the smallest p counts for all comparisons, the next for one fewer, and none gets below one before it", () => {
  // 0.01·3 = 0.03; 0.03·2 = 0.06; 0.04·1 = 0.04, not below 0.06.
  assert.equal(
    holm([0.04, 0.01, 0.03]).map((p) => Math.round(p * 1e6) / 1e6),
    [0.06, 0.03, 0.06],
  );
  assert.equal(holm([0.9, 0.8]), [1, 1]);
  assert.equal(holm([]), []);
});

test("benjaminiHochberg: p · m / rank, and none above one after it", () => {
  // ranks 1, 2, 3: 0.01·3/1 = 0.03; 0.03·3/2 = 0.045; 0.04·3/3 = 0.04, so 0.045 becomes 0.04.
  assert.equal(
    benjaminiHochberg([0.04, 0.01, 0.03]).map((p) => Math.round(p * 1e6) / 1e6),
    [0.04, 0.03, 0.04],
  );
  assert.equal(benjaminiHochberg([1]), [1]);
  assert.equal(benjaminiHochberg([]), []);
});

test.run();
