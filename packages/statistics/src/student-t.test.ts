import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertClose } from "./testing/close.ts";
import { logGamma, regularisedBeta } from "./beta.ts";
import { normalCdf, normalQuantile } from "./normal.ts";
import { studentTCdf, studentTCritical, studentTTwoSided, tTest } from "./student-t.ts";

test("logGamma: of integers the log factorial, of ½ log √π", () => {
  assertClose(logGamma(6), Math.log(120), 1e-13);
  assertClose(logGamma(0.5), Math.log(Math.PI) / 2, 1e-13);
});

test("regularisedBeta: I_x(1, 1) = x, I_x(2, 1) = x², and the mirror image", () => {
  assertClose(regularisedBeta(0.3, 1, 1), 0.3, 1e-14);
  assertClose(regularisedBeta(0.3, 2, 1), 0.09, 1e-14);
  assertClose(regularisedBeta(0.9, 3, 5) + regularisedBeta(0.1, 5, 3), 1, 1e-14);
  assert.equal([regularisedBeta(0, 2, 3), regularisedBeta(1, 2, 3)], [0, 1]);
});

test("regularisedBeta: at the mean itself, where by rounding both sides may be beyond it", () => {
  for (let degrees = 1; degrees <= 300; degrees++) {
    const t = Math.sqrt((degrees * 1.5) / (degrees / 2 + 1)); // x/(1 − x) = (a + 1)/(b + 1) at a = ν/2, b = ½
    for (const near of [t * (1 - 2e-16), t, t * (1 + 2e-16)]) {
      const p = studentTTwoSided(near, degrees);
      assert.ok(p > 0.08 && p < 0.51, `${degrees}: ${p}`);
    }
  }
});

test("normal: the two are inverse, at the seams as well", () => {
  assert.is(normalCdf(0), 0.5);
  assertClose(normalCdf(-2.9999999) - normalCdf(-3.0000001), 2e-7 * 0.00443185, 1e-12);
  for (const p of [1e-9, 0.025, 0.4, 0.5, 0.9]) assertClose(normalCdf(normalQuantile(p)), p, 1e-14);
  assert.equal([normalQuantile(0), normalQuantile(1)], [-Infinity, Infinity]);
});

test("studentT: with one degree it is Cauchy's, with two t/√(2 + t²)", () => {
  assertClose(studentTTwoSided(1, 1), 0.5, 1e-14);
  assertClose(studentTTwoSided(3, 2), 1 - 3 / Math.sqrt(11), 1e-14);
  assertClose(studentTCdf(3, 2), 0.5 + 1.5 / Math.sqrt(11), 1e-14);
  assertClose(studentTCdf(-3, 2), 0.5 - 1.5 / Math.sqrt(11), 1e-14);
  assertClose(studentTCritical(0.5, 1), 1, 1e-12);
});

test("tTest: without spread", () => {
  assert.equal(tTest([0, 0, 0]), { t: 0, degrees: 2, pValue: 1 });
  assert.equal(tTest([0.1, 0.1, 0.1]), { t: Infinity, degrees: 2, pValue: 0 }); // though 0.1 + 0.1 + 0.1 is not 0.3
  assert.is(tTest([-3e7, -3e7, -3e7 - 2 ** -28]).t, -Infinity); // the next double: rounding, whatever its size
  assertClose(tTest([1 - 2 ** -30, 1, 1 + 2 ** -30]).t / 2 ** 30, Math.sqrt(3), 1e-9); // s = 2⁻³⁰, far above rounding
  for (const unit of [1e-9, 1e9]) assertClose(tTest([unit, 2 * unit, 3 * unit]).t, 2 * Math.sqrt(3), 1e-12); // spread, whatever its size
});

test.run();
