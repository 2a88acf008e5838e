import { test } from "uvu";
import * as assert from "uvu/assert";
import { namesIn, readExpression } from "./expression.ts";
import { Unreadable } from "./unreadable.ts";

const number = (top: bigint, bottom = 1n) => ({ type: "number", top, bottom });
const name = (letter: string) => ({ type: "name", name: letter });
const refused = (latex: string, message: RegExp) =>
  assert.throws(
    () => readExpression(latex),
    (error: unknown) => error instanceof Unreadable && message.test(error.message),
    latex,
  );

test("expression: trees, by the usual precedence", () => {
  assert.equal(readExpression("1-2x"), { type: "binary", operator: "-", left: number(1n), right: { type: "binary", operator: "*", left: number(2n), right: name("x") } }); // prettier-ignore
  assert.equal(readExpression("-x^2"), { type: "negate", operand: { type: "binary", operator: "^", left: name("x"), right: number(2n) } }); // prettier-ignore
  assert.equal(readExpression("+x"), name("x"));
  assert.equal(readExpression("a/b+c"), { type: "binary", operator: "+", left: { type: "binary", operator: "/", left: name("a"), right: name("b") }, right: name("c") }); // prettier-ignore
  assert.equal(readExpression("x!"), { type: "call", function: "factorial", arguments: [name("x")] });
  assert.equal(readExpression("\\sqrt[3]{x}"), { type: "call", function: "root", arguments: [name("x"), number(3n)] });
  assert.equal(readExpression("\\sin x"), { type: "call", function: "sin", arguments: [name("x")] });
});

test("expression: numbers are exact fractions", () => {
  assert.equal(["12", "0.50", ".5", "5.", "1E3", "1.5E-2", "2.25E1", "25E-1", "007"].map(readExpression), [
    number(12n), number(50n, 100n), number(5n, 10n), number(5n), number(1000n), number(15n, 1000n), number(225n, 10n), number(25n, 10n), number(7n),
  ]); // prettier-ignore
  assert.equal(readExpression("1E400"), number(10n ** 400n));
  assert.equal(readExpression("1E-400"), number(1n, 10n ** 400n));
  assert.equal(readExpression("1.5E401"), number(15n * 10n ** 400n)); // 401 less a decimal
  refused("1E401", /an exponent of 401/);
  refused("1E-401", /an exponent of -401/);
  refused("0.5E-400", /an exponent of -400/);
  refused("1.5E402", /an exponent of 402/);
});

test("expression: what is no whole expression, or has the wrong number of arguments", () => {
  for (const latex of ["1+", "*2", "2*/3", "2* *3"]) refused(latex, /not a whole expression/);
  refused("root(8)", /root of 1 arguments/);
  refused("logBase(8)", /logBase of 1 arguments/);
});

test("expression: its names, each once", () => {
  assert.equal([...namesIn(readExpression("-\\frac{x_1+y}{2}+\\sin(x_1)\\sqrt[n]{\\pi}"))], ["x_1", "y", "pi", "n"]);
  assert.equal([...namesIn(readExpression("7"))], []);
});

test.run();
