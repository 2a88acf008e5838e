import { test } from "uvu";
import * as assert from "uvu/assert";
import fc from "fast-check";
import type { Formula } from "./meaning.ts";
import { compileFormula, FormulaError, lossFormulas, readFormula } from "./formula.ts";

const rules = ["accuracy", "consistency", "format"];

function refused(source: string, column: number, message: RegExp, names: readonly string[] = rules): void {
  try {
    compileFormula(source, names);
  } catch (error) {
    assert.instance(error, FormulaError);
    assert.match((error as FormulaError).message, message);
    assert.is((error as FormulaError).column, column, `column of ${source}`);
    return;
  }
  assert.unreachable(`${source} was accepted`);
}

function value(source: string, values: Record<string, number> = {}): number {
  return compileFormula(source, Object.keys(values)).evaluate(values);
}

test("formula: StableReinforce's reward, all four corners", () => {
  const { evaluate, names } = compileFormula("accuracy * (1 + 0.5 * consistency) + 0.5 * format", rules);
  assert.equal(names, ["accuracy", "consistency", "format"]);
  // right and consistent and well-formed: 1 · 1.5 + 0.5
  assert.is(evaluate({ accuracy: 1, consistency: 1, format: 1 }), 2);
  // right, contradicting (−1 in the official code): 1 · 0.5 + 0.5
  assert.is(evaluate({ accuracy: 1, consistency: -1, format: 1 }), 1);
  // wrong: consistency cannot rescue it
  assert.is(evaluate({ accuracy: 0, consistency: 1, format: 1 }), 0.5);
  assert.is(evaluate({ accuracy: 0, consistency: 0, format: 0 }), 0);
});

test("formula: precedence and associativity are those of mathematics", () => {
  assert.is(value("2 - 3 - 4"), -5);
  assert.is(value("2 ^ 3 ^ 2"), 512);
  assert.is(value("-2 ^ 2"), -4);
  assert.is(value("2 ^ -1"), 0.5);
  assert.is(value("12 / 2 * 3"), 18);
  assert.is(value("1 - -1"), 2);
  assert.is(value("+1.5e1 + .5"), 15.5);
  assert.is(value("1\n + 2"), 3);
});

test("formula: comparisons are 1 or 0, exact and after arithmetic", () => {
  assert.is(value("(a >= 0.5) * b", { a: 0.5, b: 3 }), 3);
  assert.is(value("a + 1 > 2", { a: 1 }), 0);
  assert.is(value("a == 1", { a: 1 + 1e-15 }), 0);
  assert.is(value("a != 1", { a: 2 }), 1);
  assert.is(value("a < 3", { a: 2 }) + value("a <= 2", { a: 2 }), 2);
});

test("formula: functions", () => {
  assert.is(value("min(3, 1, 2) + max(3, 1)"), 4);
  assert.is(value("abs(-2) + sqrt(9) + sign(-4)"), 4);
  assert.is(value("log(exp(2))"), 2);
  assert.is(value("clamp(a, -1, 1)", { a: 5 }) + value("clamp(a, -1, 1)", { a: -0.5 }), 0.5);
});

test("formula: where takes what its condition says, whatever the other is", () => {
  assert.is(value("where(a > 1, 2, 3)", { a: 2 }) + value("where(a > 1, 2, 3)", { a: 1 }), 5);
  assert.is(value("where(a, 1 / a, 7)", { a: 0 }), 7);
  refused("where(format, 1)", 1, /where given 2 arguments, expected where\(condition, a, b\)/);
});

test("formula: clamp's constant bounds are in order", () => {
  refused("1 + clamp(format, 1, -1)", 5, /clamp\(x, 1, -1\): expected the low bound before the high one/);
  refused("clamp(format, log(-1), 1)", 1, /clamp\(x, NaN, 1\)/);
  assert.is(value("clamp(a, 2 - 1, 1)", { a: 5 }), 1);
});

test("formula: a loss has a function more, and says what it is arithmetic on", () => {
  const { names, formula } = readFormula("-A * stopGradient(ratio)", ["ratio", "A"], lossFormulas);
  assert.equal(names, ["A", "ratio"]);
  assert.is(formula.type, "binary");
  assert.throws(() => readFormula("", ["A"], lossFormulas), /expected e\.g\. -min\(ratio \* A/);
  assert.throws(() => readFormula("A.x", ["A"], lossFormulas), /a formula is arithmetic on a token's numbers/);
  refused("stopGradient(format)", 1, /unknown function stopGradient, did you mean .*\? Known: min, .*, where$/);
});

test("formula: what is not finite is passed on", () => {
  assert.is(value("1 / a", { a: 0 }), Infinity);
  assert.ok(Number.isNaN(value("log(a)", { a: -1 })));
});

test("formula: the tree, for whoever compiles it to something else", () => {
  const expected: Formula = {
    type: "binary",
    operator: "*",
    left: {
      type: "call",
      function: "min",
      arguments: [
        { type: "name", name: "a" },
        { type: "number", value: 1 },
      ],
    },
    right: { type: "negate", operand: { type: "name", name: "b" } },
  };
  assert.equal(compileFormula("min(a, (1)) * -b", ["a", "b"]).formula, expected);
});

test("formula: names the rules it uses, each once", () => {
  assert.equal(compileFormula("format + accuracy + format", rules).names, ["format", "accuracy"]);
  assert.equal(compileFormula("min", ["min"]).names, ["min"]);
  assert.throws(() => compileFormula("accuracy", rules).evaluate({}), /no value for accuracy/);
  assert.throws(() => compileFormula("toString", ["toString"]).evaluate({}), /no value for toString/);
});

test("formula: an unknown name comes with its column and the nearest one", () => {
  refused("format + 2 * acuracy", 14, /unknown name acuracy, did you mean accuracy\? Known: accuracy, consistency, format/);
  refused("1 + mun(format, 2)", 5, /unknown function mun, did you mean min\?/);
  refused("accuracy (1 + format)", 1, /accuracy is a name, not a function; a product is written accuracy \* /);
  refused("accuracy", 1, /there is none to use/, []);
  refused("think", 1, /think-answer \(not a name that a formula can use\)/, ["think-answer"]);
});

test("formula: code is refused", () => {
  refused("import(format)", 1, /unknown function import/);
  refused('import("node:fs")', 8, /strings are not allowed/);
  refused("constructor", 1, /unknown name constructor/);
  refused("__proto__", 1, /unknown name __proto__/);
  refused("hasOwnProperty(1)", 1, /unknown function hasOwnProperty/);
  refused("format.constructor", 7, /properties are not allowed/);
  refused('format["constructor"]', 7, /arrays and indices are not allowed/);
  refused("[1, 2]", 1, /arrays and indices are not allowed/);
  refused("{a: 1}", 1, /objects are not allowed/);
  refused("format = 1", 8, /assignments and definitions are not allowed/);
  refused("f(x) = x", 6, /assignments and definitions are not allowed/);
  refused("format; 1", 7, /one formula is one expression/);
  refused("evaluate(1)", 1, /unknown function evaluate/);
  refused("format ? 1 : 2", 8, /unexpected "\?"/);
});

test("formula: slips of the pen are errors, never guesses", () => {
  refused("", 1, /empty formula/);
  refused("  \n ", 1, /empty formula/);
  refused("format +", 9, /Unexpected end of expression/);
  refused("(format", 8, /1 "\(" not closed/);
  refused("format)", 7, /no parenthesis is open here/);
  refused("2 format", 3, /expected an operator before format; a product is written with \*/);
  refused("(format)(accuracy)", 9, /expected an operator before \(/);
  refused("1.5.2", 4, /expected an operator before \.2/);
  refused("format and accuracy", 8, /expected an operator before and/);
  refused("format + min(1)", 10, /min given 1 arguments, expected min\(a, b, …\)/);
  refused("clamp(abs(1, 2), 1, 2)", 7, /abs given 2 arguments, expected abs\(x\)/);
  refused("0 < format < 2", 3, /chain of comparisons is written as a product/);
  refused("true", 1, /reserved word/, ["true"]);
  refused("format, 1", 7, /Unexpected operator ,/);
});

test("formula: a huge or deeply nested one is refused before anything recurses", () => {
  refused("1 + ".repeat(300) + "1", 1, /expected at most 1000/);
  refused("(".repeat(60) + "1" + ")".repeat(60), 51, /nested more than 50 deep/);
  assert.is(value("-".repeat(998) + "1"), 1);
});

test("formula: any text is either compiled or refused with a column inside it", () => {
  const pieces = fc.constantFrom(
    "accuracy",
    "format",
    "min",
    "(",
    ")",
    ",",
    "1",
    "0.5",
    "+",
    "-",
    "*",
    "/",
    "^",
    "<",
    "==",
    " ",
    ".",
    "=",
    "[",
    "mod",
    "!",
    "'",
    "e",
  );
  const property = fc.property(
    fc.oneof(
      fc.array(pieces, { maxLength: 12 }).map((all) => all.join("")),
      fc.string(),
    ),
    (source) => {
      try {
        assert.type(compileFormula(source, rules).evaluate({ accuracy: 1, consistency: 1, format: 1 }), "number");
      } catch (error) {
        assert.instance(error, FormulaError);
        const { column } = error as FormulaError;
        assert.ok(column >= 1 && column <= source.length + 1, `column ${column} of ${JSON.stringify(source)}`);
      }
    },
  );
  fc.assert(property, { numRuns: 3000, seed: 1 });
});

test.run();
