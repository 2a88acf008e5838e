import { test } from "uvu";
import * as assert from "uvu/assert";
import { readExpression } from "./expression.ts";
import { evaluate, ratioOf } from "./numeric.ts";

const valueAt = (latex: string, values: Readonly<Record<string, number>> = {}, logBase = Math.E) =>
  evaluate(readExpression(latex), new Map(Object.entries(values)), logBase);
const near = (latex: string, expected: number, values: Readonly<Record<string, number>> = {}, logBase = Math.E) => {
  const { value } = valueAt(latex, values, logBase);
  assert.ok(Math.abs(value - expected) <= 1e-14 * Math.abs(expected), `${latex}: ${value}, expected ${expected}`);
};
const undefinedAt = (latex: string, values: Readonly<Record<string, number>> = {}) =>
  assert.ok(Number.isNaN(valueAt(latex, values).value), latex);

test("numeric: arithmetic, powers, names and constants", () => {
  near("(x+3y)^2-7/x", 117.5, { x: 2, y: 3 }); // 11² − 3.5
  near("-x^{-2}", -0.25, { x: 2 });
  near("2\\pi e", 2 * Math.PI * Math.E);
  near("e", 7, { e: 7 }); // a value given comes before the constant
  near("\\sqrt[3]{-8}+\\log_2 8", 1);
  near("\\log x", 3, { x: 1000 }, 10);
  near("\\log x", Math.log(1000), { x: 1000 });
  near("\\ln x", Math.log(1000), { x: 1000 }, 10); // the base is log's alone
  near("0 \\cdot x", 0, { x: 3 });
  near("x \\cdot 0", 0, { x: 3 });
  near("0/3", 0);
  near("0^2", 0);
  near("0^0", 1);
  near("x-3", 0, { x: 3 });
  near("\\sin(0)", 0);
});

test("numeric: NaN where it isn't defined, and not taken up by what is around it", () => {
  for (const latex of [
    "x",
    "1/(2-2)",
    "\\sqrt{-1}",
    "\\ln(-1)",
    "(-1)^{0.5}",
    "(\\sqrt{-1})^0",
    "1^{\\sqrt{-1}}",
    "\\sqrt[\\sqrt{-1}]{1}",
    "\\sqrt[2]{x}",
    "\\log_x 2",
  ])
    // prettier-ignore
    undefinedAt(latex);
  undefinedAt("x", { y: 1 });
});

test("numeric: NaN beyond what doubles hold, above and below", () => {
  near("10^{300}", 1e300);
  undefinedAt("10^{309}");
  near("10^{-289}", 1e-289);
  undefinedAt("10^{-291}"); // near where doubles lose digits
  for (const latex of [
    "10^{-200} \\cdot 10^{-200}",
    "10^{-200}/10^{200}",
    "10^{-400}",
    "10^{-200}^2",
    "\\exp(-1000)",
    "\\exp(1000)",
  ])
    undefinedAt(latex);
  undefinedAt(`1/${"1".repeat(400)}`); // a denominator that no double holds
  near("0^{5}", 0);
});

test("numeric: how large anything on the way was", () => {
  assert.is(valueAt("1000-999").largest, 1000);
  assert.is(valueAt("2-1000").largest, 1000);
  assert.is(valueAt("x^2-x^2", { x: -7 }).largest, 49);
  assert.is(valueAt("\\exp(0)/2").largest, 2);
  assert.is(valueAt("\\sqrt{400}/100").largest, 400);
});

test("numeric: quotients of integers beyond doubles", () => {
  assert.is(ratioOf(1n, 4n), 0.25);
  assert.is(ratioOf(-1n, 4n), -0.25);
  assert.is(ratioOf(0n, 5n), 0);
  assert.is(ratioOf(1n, 2n ** 80n), 2 ** -80);
  assert.is(ratioOf(3n * 10n ** 400n, 2n * 10n ** 400n), 1.5); // ∞/∞ in doubles
  assert.is(ratioOf(10n ** 5n, 10n ** 400n), 0);
  assert.is(ratioOf(10n ** 395n, 10n ** 400n), 1e-5);
});

test.run();
