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

test("expression text: a whole number and a part, and what only looks like one", () => {
  assert.is(filled("1 1/2x"), "(1+1/2)*x");
  assert.is(filled("1\\frac12x"), "(1+((1)/(2)))*x");
  assert.is(filled("1\\frac{2 }{3}"), "(1+((2)/(3)))");
  assert.is(filled("3+1 1/2"), "3+(1+1/2)");
  assert.is(filled("1\\frac{1}{x}"), "1*((1)/(x))");
  assert.is(filled("1\\frac{x}{2}"), "1*((x)/(2))");
  assert.is(filled("1\\frac{1.5}{2}"), "1*((1.5)/(2))");
  assert.is(filled("1\\frac{1+1}{3}"), "1*((1+1)/(3))");
  assert.is(filled("x\\frac12"), "x*((1)/(2))");
  assert.is(filled("1.5\\frac12"), "1.5*((1)/(2))");
  assert.is(filled("\\frac12\\frac13"), "((1)/(2))*((1)/(3))");
  for (const latex of [
    "1 3/2",
    "1 2/2",
    "1 0/2",
    "1 1/x",
    "1 1/",
    "1 1/2.5",
    "1 1.5/2",
    "1.5 1/2",
    "x 1 1/2",
    "2*1 1/2",
    "2/1 1/2",
    "1 1/2 1/2",
    "1 1*2",
    "\\sin 2 3",
    "\\sin x 3",
    "\\frac12 3",
  ])
    refused(latex, /^a number right after another factor$/);
  for (const latex of ["1\\frac{0}{2}", "1\\frac22", "2 \\cdot 1\\frac12"]) refused(latex, /side by side/);
  refused("\\sin 2\\frac12", /side by side/); // sin(2½), or sin(2·½)
});

test("expression text: numbers side by side are no product", () => {
  for (const latex of ["20 1.5", "2 .5", "x 1.5", "x2", "(2)3", "{2}3", "10 50%", "\\pi2", "\\sin 2 1.5", "\\sqrt12"])
    refused(latex, /^a number right after another factor$/);
  assert.is(filled("2(3)"), "2*(3)");
  assert.is(filled("2[3]"), "2*(3)");
  assert.is(filled("2^3 3^2"), "2^(3)*3^(2)");
  assert.is(filled("5%x"), "(5/100)*x");
  assert.is(filled("\\frac12%"), "(((1)/(2))/100)");
});

test("expression text: after a / only products that are written", () => {
  assert.is(filled("x/2*3"), "x/2*3");
  assert.is(filled("x/2+3y"), "x/2+3*y");
  assert.is(filled("x/2-3y"), "x/2-3*y");
  assert.is(filled("\\frac12 x/3"), "((1)/(2))*x/3");
  for (const latex of ["1/2x", "1/2 \\cdot x y", "1 \\div 2x", "2\\sin x / 3 y"]) refused(latex, /above or below/);
});

test("expression text: signs, powers and what stands behind an operand", () => {
  assert.is(filled("x^+2"), "x^(+2)");
  assert.is(filled("2^-3^2"), "2^(-3^(2))"); // −(3²)
  assert.is(filled("x^{-2}"), "x^((-2))");
  assert.is(filled("x!^2"), "(x)!^(2)");
  assert.is(filled("--2"), "--2");
  assert.is(filled("x \\ast y"), "x*y");
  refused("2^--3", /^- is not read$/);
  refused("5%%", /^%% is not read$/);
  refused("5!!", /double factorial/);
  refused("\\frac{}{2}", /^an empty expression$/);
  for (const latex of ["()", "{}", "2^{}", "\\sqrt[]{8}", ""]) refused(latex, /^an empty expression$/);
});

test("expression text: what a function is of", () => {
  assert.is(filled("\\sin x y"), "sin(x*y)");
  assert.is(filled("\\sin\\frac12x"), "sin(((1)/(2))*x)");
  assert.is(filled("\\sin\\sqrt2 x"), "sin(sqrt(2)*x)");
  assert.is(filled("\\sin(x)y+\\sin[x]y+\\sin{x}y"), "sin(x)*y+sin(x)*y+sin(x)*y");
  assert.is(filled("\\sin x^2"), "sin(x^(2))");
  assert.is(filled("\\sin x!"), "sin((x)!)");
  assert.is(filled("\\sqrt{x}y"), "sqrt(x)*y");
  assert.is(filled("\\sqrt x y"), "sqrt(x)*y");
  assert.is(filled("\\sqrt4x"), "sqrt(4)*x");
  assert.is(filled("\\sqrt[3]8x"), "root(8,3)*x");
  assert.is(filled("\\cos^-1 x"), "arccos(x)");
  assert.is(filled("\\tan^{-1}(x)"), "arctan(x)");
  assert.is(filled("\\sin^{-2} x"), "sin(x)^((-2))");
  assert.is(filled("\\log^3_2 8"), "logBase(8,2)^(3)");
  assert.is(filled("\\log_2^3 8"), "logBase(8,2^(3))");
  assert.is(filled("|x||y|"), "abs(x)*abs(y)");
  assert.is(filled("\\lvert x \\rvert y"), "abs(x)*y");
  for (const latex of ["\\sin", "\\sin -x", "\\sin \\cos x", "\\sin * 2"]) refused(latex, /^a function of nothing$/);
  refused("\\sin_2 x", /^a subscript of sin$/);
  refused("\\log_2_3 8", /^a subscript of log$/);
  refused("\\sin^2x^2_1", /_ is not read/);
  refused("\\cosh^{-1} x", /cosh to the power of −1 could be the inverse/);
});

test("expression text: names and their subscripts", () => {
  assert.is(filled("x_ax_{ab}x_\\alpha x_{1a}"), "x_a*x_ab*x_alpha*x_1a");
  assert.is(filled("\\alpha\\beta x\\pi"), "alpha*beta*x*pi");
  assert.is(filled("xyz+abc+ab+k(x)+gx"), "x*y*z+a*b*c+a*b+k*(x)+g*x");
  assert.equal(expressionText("x+y+x_1+x").names, ["x", "y", "x_1"]);
  assert.is(expressionText("x+y+x_1+x").text, "v0+v1+v2+v0");
  assert.equal(expressionText("2+2").numbers, ["2", "2"]);
  for (const latex of ["f(x)", "g_1(2)", "h(x)"]) refused(latex, /\(…\) could be a function or a product/);
  for (const latex of ["x_+", "x_{+}"]) refused(latex, /^a subscript (?:with )?\+$/);
  for (const latex of ["x_", "x_{1"]) refused(latex, /^it ends too early$/);
  refused("abd", /"abd" is a word/);
});

test("expression text: numbers as they are written", () => {
  assert.equal(expressionText("1e5+1E5+1E-5+2.+.5+007").numbers, ["1e5", "1E5", "1E-5", "2.", ".5", "007"]);
  for (const latex of ["1e-5", "1e+5", "2.5e-3"]) refused(latex, /could be 0\.001 or e − 3/);
  for (const latex of ["\\frac123", "\\sqrt123", "\\sqrt1.5", "\\frac1.5 2", "\\sqrt.5", "\\sqrt5."])
    refused(latex, /without braces/);
  assert.is(filled("\\frac1{23}+\\frac{12}3"), "((1)/(23))+((12)/(3))");
});

test("expression text: 25 deep in brackets, arguments and powers of any kind, and no deeper; 500 characters, and no more", () => {
  const around = (open: string, close: string) => (depth: number) => `${open.repeat(depth)}1${close.repeat(depth)}`;
  for (const nested of [
    around("(", ")"),
    around("[", "]"),
    around("{", "}"),
    around("\\lvert ", "\\rvert "),
    around("\\frac{", "}{3}"),
    around("\\frac{1}{", "}"),
    around("\\frac", "{2}"),
    around("\\sqrt{", "}"),
    around("\\sqrt[", "]{3}"),
    around("\\sqrt[3]{", "}"),
    around("\\sin(", ")"),
    around("\\sin{", "}"),
    (depth: number) => `${"\\sin^{2".repeat(depth)}${"}x".repeat(depth)}`,
    (depth: number) => `2${"^{-2".repeat(depth)}${"}".repeat(depth)}`,
    (depth: number) => `2${"^2".repeat(depth + 1)}`, // the first raises what stands at no depth
    (depth: number) => `${"\\sqrt".repeat(depth + 1)}2`, // a digit is no group
  ]) {
    assert.ok(expressionText(nested(25)).text.length > 0, nested(1));
    refused(nested(26), /^nested more than 25 deep$/);
  }
  const bars = (depth: number) => `${"|(".repeat(depth)}1${")|".repeat(depth)}`;
  assert.ok(expressionText(bars(12)).text.length > 0);
  refused(bars(13), /^nested more than 25 deep$/);
  const half = (depth: number) => `${"\\sin\\sqrt{".repeat(depth)}2${"}".repeat(depth)}`; // two levels each
  assert.ok(expressionText(half(12)).text.length > 0);
  refused(half(13), /^nested more than 25 deep$/);
  assert.ok(expressionText(`${"1+".repeat(249)}11`).text.length > 0);
  refused(`${"1+".repeat(250)}1`, /^501 characters, more than 500$/);
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
