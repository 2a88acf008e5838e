import { createRequire } from "node:module";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FormulaError } from "../../formula/formula.ts";
import { arithmeticOf, numbersIn } from "./numbers.ts";

/** What is wrong, and at which column. */
function refused(source: string): string {
  try {
    const values = numbersIn(source);
    return `accepted: ${values.join(", ")}`;
  } catch (error) {
    if (error instanceof FormulaError) return `${error.column}: ${error.message}`;
    throw error;
  }
}

test("linspace: evenly spaced, both ends exact", () => {
  assert.equal(numbersIn("linspace(0, 1, 5)"), [0, 0.25, 0.5, 0.75, 1]);
  assert.equal(numbersIn(" linspace( 1/3 , 1, 2 ) "), [0.333333333333, 1]); // to 12 digits, as all that is computed
  assert.equal(numbersIn("linspace(0, 0.3, 4)"), [0, 0.1, 0.2, 0.3]); // 0.3 · 1/3 is 0.09999999999999999
  assert.equal(numbersIn("linspace(2, -2, 3)"), [2, 0, -2]);
  assert.equal(numbersIn("linspace(7, 9, 1)"), [7]);
});

test("logspace, geomspace: one factor apart; from exponents, and from end to end, as in NumPy", () => {
  assert.equal(numbersIn("logspace(-4, -2, 3)"), [1e-4, 1e-3, 1e-2]);
  assert.equal(numbersIn("logspace(0, 3, 4)"), [1, 10, 100, 1000]);
  assert.equal(numbersIn("logspace(2, 5, 1)"), [100]);
  assert.equal(numbersIn("geomspace(1e-4, 1e-2, 3)"), [1e-4, 1e-3, 1e-2]);
  assert.equal(numbersIn("geomspace(2^5, 2^3, 3)"), [32, 16, 8]);
  const [, middle] = numbersIn("geomspace(1, 10, 3)"); // √10
  assert.ok(Math.abs(middle! - 3.16227766017) < 1e-11, String(middle));
});

test("a:step:b: the values that mathjs's own ranges have", () => {
  const { evaluate } = createRequire(import.meta.url)("mathjs") as { evaluate(text: string): { toArray(): number[] } };
  for (const source of ["1:4", "1:2:6", "10:-5:0", "0:0.25:1", "3:3", "2:10:3", "-1:1", "(1+1):2^2:20"])
    assert.equal(numbersIn(source), evaluate(source).toArray(), source);
  assert.equal(numbersIn("0:0.1:0.3"), [0, 0.1, 0.2, 0.3]);
});

test("arithmetic: one number; what has a name in it is none", () => {
  assert.equal(numbersIn("1e-3 / 2"), [5e-4]);
  assert.equal(numbersIn("max(2^3, sqrt(81))"), [9]);
  assert.is(arithmeticOf("96 / 2"), 48);
  for (const text of ["token", "accuracy + 0.5 * format", "pre-clip", "1:3", "", "import(1)", "cos(0)"])
    assert.is(arithmeticOf(text), null, text);
});

test("what is refused, and where", () => {
  assert.match(refused("linspace(0, 1)"), /^1: linspace given 2 arguments, expected linspace\(from, to, how many\)/);
  assert.match(refused("linspace(0, 1, 2.5)"), /^15: linspace of 2\.5 numbers, expected a whole number/);
  assert.match(refused("linspace(0, 1, 1e9)"), /1000000000 values, expected at most 10000/);
  assert.match(refused("0:1e-9:1"), /values, expected at most 10000/);
  assert.match(refused("linspace(0, 1, 3) * 2"), /^18: linspace\(…\) stands alone/);
  assert.match(refused("linspace(0, 1, 3"), /^17: unexpected end: a "\(" is not closed; inside \[ \] and { } YAML splits/);
  assert.match(refused("geomspace(-4, -2, 3)"), /^11: .*expected ends above 0; logspace/);
  assert.match(refused("logspace(1e-4, 1e-2, 3)"), /^10: .*exponents of 10.*it is geomspace\(1e-4, 1e-2, 3\)/);
  assert.match(refused("1:0:3"), /^3: steps of 0 never lead from 1 to 3/);
  assert.match(refused("3:1"), /never lead from 3 to 1/);
  assert.match(refused("1:2:3:4"), /^7: a range has two or three parts/);
  assert.match(refused("1::3"), /a number is missing here/);
  assert.match(refused("linspace(0, , 3)"), /a number is missing here/);
  assert.match(refused("1/0:3"), /1\/0 is Infinity, expected a finite number/);
  assert.match(refused("linspace(0, x, 3)"), /^13: unknown name x/);
  assert.match(refused("tokens"), /^1: unknown name tokens/);
});

test("code is refused: the gates are those of formulas", () => {
  for (const source of [
    "import({a: 1})",
    "linspace(0, evaluate(1), 3)",
    "linspace(0, constructor, 3)",
    "0:process.exit():3",
    'linspace(0, "x", 3)',
    "f(x) = 1",
    "a = 3",
    "[1, 2]",
    "linspace(0, 1, 3); 2",
    "logspace(1, cos.constructor(1), 3)",
    `${"(".repeat(60)}1${")".repeat(60)}`,
  ])
    assert.match(refused(source), /^\d+: /, source);
});

test("what is computed is rounded alike, written as one number, in a range or in a list", () => {
  for (const source of ["0.1 * 3", "linspace(0.1 * 3, 1, 2)", "0.1 * 3:1"]) assert.is(numbersIn(source)[0], 0.3);
  assert.is(arithmeticOf("0.1 * 3"), 0.3);
  assert.is(arithmeticOf("1 / 3"), 0.333333333333);
});

test("a number that would become 0 or infinite is refused at its place", () => {
  assert.match(refused("linspace(1e-400, 1, 3)"), /^10: 1e-400 is too small for a number, and would become 0/);
  assert.match(refused("2 * 1e400"), /^5: 1e400 is too large/);
});

test.run();
