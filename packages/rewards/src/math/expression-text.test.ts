import { test } from "uvu";
import * as assert from "uvu/assert";
import fc from "fast-check";
import { expressionText } from "./expression-text.ts";
import { Unreadable } from "./unreadable.ts";

/** The expression text with its places filled in again. */
function filled(latex: string): string {
  const { text, numbers, names } = expressionText(latex);
  return text.replace(/\b([nv])(\d+)\b/g, (_, kind: string, index: string) => (kind === "n" ? numbers : names)[Number(index)]!);
}
const refused = (latex: string, reason: RegExp) =>
  assert.throws(
    () => expressionText(latex),
    (error: unknown) => error instanceof Unreadable && reason.test(error.message),
  );

test("expression text: fractions, roots and powers in all their notations", () => {
  for (const latex of ["\\frac12", "\\frac{1}{2}", "\\frac 1 2", "\\frac1{2}"]) assert.is(filled(latex), "((1)/(2))", latex);
  assert.is(filled("\\frac94\\pi"), "((9)/(4))*pi");
  assert.is(filled("\\sqrt3+\\sqrt{x}+\\sqrt[3]{8}"), "sqrt(3)+sqrt(x)+root(8,3)");
  assert.is(filled("x^2y^{10}z^-1"), "x^(2)*y^((10))*z^(-1)");
  assert.is(filled("2^3^2"), "2^(3^(2))");
  assert.is(filled("2**10"), "2^(10)");
});

test("expression text: products that aren't written", () => {
  assert.is(filled("2x(x+1)"), "2*x*(x+1)");
  assert.is(filled("2 \\sin b \\cos a"), "2*sin(b)*cos(a)");
  assert.is(filled("\\sin 2x + \\cos^2 x"), "sin(2*x)+cos(x)^(2)");
  assert.is(filled("xy \\cdot 3 \\times z \\div 2"), "x*y*3*z/2");
  assert.is(filled("x_1x_{12}"), "x_1*x_12");
});

test("expression text: functions", () => {
  assert.is(filled("\\log_2 8 + \\log_{10}(x)"), "logBase(8,2)+logBase(x,(10))");
  assert.is(filled("\\sin^{-1}(x)"), "arcsin(x)");
  assert.is(filled("sqrt(2)/2"), "sqrt((2))/2");
  assert.is(filled("|x-1|"), "abs(x-1)");
  assert.is(filled("5!+50%"), "(5)!+(50/100)");
});

test("expression text: mixed numbers", () => {
  for (const latex of ["1\\frac12", "1 \\frac{1}{2}"]) assert.is(filled(latex), "(1+((1)/(2)))", latex);
  assert.is(filled("-1 1/2"), "-(1+1/2)");
  assert.is(filled("2\\frac{\\pi}{3}"), "2*((pi)/(3))");
  refused("1\\frac32", /a number and a fraction side by side/);
  refused("2 \\cdot 1\\frac12", /side by side/);
  refused("1 2", /a number right after/);
});

test("expression text: two readings are none", () => {
  refused("1/2x", /a product after a \/ could be above or below/);
  refused("\\sqrt123", /without braces/);
  refused("\\sqrt12", /a number right after/);
  refused("f(x)", /a function or a product/);
  refused("\\ln^{-1} x", /could be the inverse/);
  refused("1e-3", /could be 0\.001/);
});

test("expression text: words, code and broken LaTeX", () => {
  refused("odd", /"odd" is a word/);
  refused('import("fs")', /"import" is a word/);
  refused("__proto__", /is a word/);
  refused("constructor", /is a word/);
  refused("x.constructor", /\. is not read|is a word/);
  refused("x = 1", /= is not read/);
  refused("\\binom{4}{2}", /\\binom is not read/);
  refused("204_5", /_ is not read/);
  for (const latex of ["(1", "1)", "\\frac{1}", "\\frac", "x^", "\\sin", "{}", "", "[1)", "\\sqrt["]) refused(latex, /./);
});

test("expression text: too long or too deep", () => {
  refused("1+".repeat(300), /600 characters/);
  refused(`${"(".repeat(60)}1${")".repeat(60)}`, /nested more than 25 deep/);
  for (const deep of ["\\frac".repeat(90), "\\sqrt".repeat(90), "2^".repeat(200), "\\sin^".repeat(90), "|".repeat(401)])
    refused(`${deep}1`, /./);
  refused(`5${"!".repeat(400)}`, /double factorial/);
});

test("expression text: of any text, nothing but places, functions and operators is left", () => {
  const piece = fc.constantFrom(
    "x",
    "\\frac",
    "{",
    "}",
    "(",
    ")",
    "12",
    "^",
    "_",
    "\\sin",
    "|",
    "e",
    "!",
    "%",
    "import",
    "'",
    '"',
    ";",
    "=",
    "√",
    "[",
    "]",
    "\\",
    ".",
  );
  const property = fc.property(
    fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
    ),
    (latex) => {
      try {
        const { text } = expressionText(latex);
        assert.match(text, /^(?:[nv]\d+|(?:sqrt|root|abs|sin)(?=\()|[-+*/^!(),])+$/, latex);
      } catch (error) {
        assert.instance(error, Unreadable);
      }
    },
  );
  fc.assert(property, { numRuns: 3000, seed: 1 });
});

test.run();
