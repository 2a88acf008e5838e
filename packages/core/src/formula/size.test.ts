import { test } from "uvu";
import * as assert from "uvu/assert";
import { compileFormula, FormulaError, lossFormulas, readFormula } from "./formula.ts";

const refusal = (read: () => unknown) => {
  try {
    read();
  } catch (error) {
    if (!(error instanceof FormulaError)) throw error;
    assert.ok(error.lost);
    return `${error.column}: ${error.message}`;
  }
  return null;
};
const score = (text: string) => refusal(() => compileFormula(text, ["a", "b"]));
const loss = (text: string) => refusal(() => readFormula(text, ["ratio", "A"], lossFormulas));

test("lostSize: numbers that become 0 or ∞ by what is done to them, with the place of the first", () => {
  assert.is(score("1e-200 * 1e-200"), "1: 1e-200 * 1e-200 is too small for a number, and would become 0");
  assert.is(score("a + b * (2 - 1e-300 / 1e300)"), "14: 1e-300 / 1e+300 is too small for a number, and would become 0");
  assert.is(score("a + 10 ^ -400"), "5: 10 ^ -400 is too small for a number, and would become 0");
  assert.is(score("max(a, exp(-1000))"), "13: exp(-1000) is too small for a number, and would become 0");
  assert.is(score("a * (1e200 * 1e200)"), "6: 1e+200 * 1e+200 is too large for a number, at most 1.8e308");
  assert.is(score("a + 1e308 + 1e308"), null); // each sum of its own
  assert.is(score("a + (1e308 + 1e308)"), "6: 1e+308 + 1e+308 is too large for a number, at most 1.8e308");
  assert.is(score("-1e308 - 1e308"), "2: -1e+308 - 1e+308 is too large for a number, at most 1.8e308");
  assert.is(score("exp(1000) * a"), "5: exp(1000) is too large for a number, at most 1.8e308");
});

test("lostSize: the numbers that multiply what is read count together, step by step", () => {
  assert.is(score("a * 1e-200 * 1e-200"), "1: 1e-200 * 1e-200 is too small for a number, and would become 0");
  assert.is(score("1e-200 * (1e-200 * -a)"), "1: 1e-200 * -1e-200 is too small for a number, and would become 0");
  assert.is(score("b + a / 1e200 / 1e200"), "5: 1e-200 / 1e+200 is too small for a number, and would become 0");
  assert.is(score("a * 1e-200 * 1e200 * 1e-200"), null);
  assert.is(score("a * 1e-200 + b * 1e-200"), null);
});

test("lostSize: what is 0 by arithmetic, a division by 0 and what only looks small are let through", () => {
  for (const text of ["0 * 1e-300", "0 / 5", "0 ^ 2", "1e-3 - 1e-3", "1 / 0", "0 ^ -1", "1e-200 * 1e-100", "a * 0 * 1e-300"])
    assert.is(score(text), null, text);
  assert.is(score("where(a < 1e-300, 1e-300, b)"), null);
});

test("lostSize: in a loss what numbers come to must fit in 32 bits, and not what they come from", () => {
  assert.is(loss("-ratio * A + 1e-50"), "14: 1e-50 is too small for a number of 32 bits, and would become 0");
  assert.is(loss("-min(ratio, 1e39) * A"), "13: 1e+39 is too large for a number of 32 bits, at most 3.4e38");
  assert.is(loss("-ratio * A * (1e-50 * 1e50)"), null);
  assert.is(loss("-ratio * A + 1e-45"), null); // the smallest is 1.4e-45
  assert.is(score("a + 1e-50"), null);
});

test.run();
