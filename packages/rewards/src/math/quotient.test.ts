import { test } from "uvu";
import * as assert from "uvu/assert";
import { readExpression } from "./expression.ts";
import { isSame, quotientOf, rationalOf } from "./quotient.ts";
import { Unreadable } from "./unreadable.ts";

const of = (latex: string) => quotientOf(readExpression(latex));
const rational = (latex: string) => rationalOf(of(latex)!);
const refused = (latex: string, message: string) =>
  assert.throws(
    () => of(latex),
    (error: unknown) => error instanceof Unreadable && error.message === message,
    latex,
  );

test("quotient: rational numbers in lowest terms, the sign above", () => {
  assert.equal(["2/4", "1/2+1/3", "1/2-1/3", "2/3*3/4", "(1/2)/(3/4)", "6/(0-4)", "(0-6)/(0-4)", "-1/2", "0/5", "7"].map(rational), [
    [1n, 2n], [5n, 6n], [1n, 6n], [1n, 2n], [2n, 3n], [-3n, 2n], [3n, 2n], [-1n, 2n], [0n, 1n], [7n, 1n],
  ]); // prettier-ignore
  assert.equal(["2^3", "2^{-3}", "(-2)^3", "(-2)^{-3}", "2^0", "0^2", "(2/3)^2", "2^{4/2}", "(2/3)^{-1}"].map(rational), [
    [8n, 1n], [1n, 8n], [-8n, 1n], [1n, -8n], [1n, 1n], [0n, 1n], [4n, 9n], [4n, 1n], [3n, 2n],
  ]); // prettier-ignore
  assert.equal(["5!", "0!", "1!", "(4/2)!"].map(rational), [[120n, 1n], [1n, 1n], [1n, 1n], [2n, 1n]]); // prettier-ignore
  assert.is(rational("x"), null);
  assert.is(rational("1/x"), null);
});

test("quotient: beyond 2^256 numbers stay as they are", () => {
  assert.equal(rational("2^{256}/2"), [2n ** 255n, 1n]);
  assert.equal(rational("2/2^{256}"), [1n, 2n ** 255n]);
  assert.equal(rational("(0-2^{256})/2"), [-(2n ** 255n), 1n]);
  assert.equal(rational("2^{257}/2"), [2n ** 257n, 2n]);
  assert.equal(rational("2/2^{257}"), [2n, 2n ** 257n]);
  assert.equal(rational("(0-2^{257})/2"), [-(2n ** 257n), 2n]);
});

test("quotient: what divides by 0, and 0 to no power", () => {
  for (const latex of ["1/0", "x/(2-2)", "0^{-1}", "(x-x)^{-2}"]) refused(latex, "it divides by 0");
  refused("0^0", "it has 0 to the power of 0");
  refused("(0-1)!", "a factorial of a negative number");
});

test("quotient: other functions and powers are names, the same for the same argument", () => {
  const same = (a: string, b: string) => isSame(of(a)!, of(b)!);
  for (const [a, b] of [["\\sin(2/4)", "\\sin(1/2)"], ["\\sin(x+y)", "\\sin(y+x)"], ["2\\sin b\\cos a", "2\\cos a\\sin b"], ["x^{1/2}", "x^{2/4}"], ["2^x2^x", "(2^x)^2"], ["(1+i)^2", "2i"], ["\\log_2 x", "\\log_2 x"], ["\\sin(x)/\\sin(x)", "1"]] as const) assert.is(same(a, b), true, `${a}, ${b}`); // prettier-ignore
  for (const [a, b] of [["\\sin x", "\\cos x"], ["\\sin x", "\\sin y"], ["x^{1/2}", "x^{1/3}"], ["\\log_2 x", "\\log_3 x"], ["\\log_2 x", "\\log_x 2"], ["(5/2)!", "(7/2)!"], ["x!", "x"], ["i", "1"], ["2^x", "3^x"]] as const) assert.is(same(a, b), false, `${a}, ${b}`); // prettier-ignore
  for (const latex of [
    "\\sin x",
    "x^{1/2}",
    "x^y",
    "e",
    "\\pi",
    "1+\\pi",
    "\\pi \\cdot 2",
    "2/\\pi",
    "-\\pi",
    "\\pi^2",
    "x!",
    "(5/2)!",
    "1-e",
  ])
    assert.is(of(latex)!.opaque, true, latex);
  for (const latex of ["x", "(x+1)^2/y", "5!", "i", "-x", "1/2"]) assert.is(of(latex)!.opaque, false, latex);
});

test("quotient: bounded powers, factorials and names", () => {
  assert.is(of("x^{20000}")!.top.size, 1);
  assert.is(of("x^{-20000}")!.bottom.size, 1);
  for (const latex of ["x^{20001}", "x^{-20001}", "2051!", "9^{9^9}", "(x+y+z)^{99}"]) assert.is(of(latex), null, latex);
  assert.is(rational("2050!")![0] / rational("2049!")![0], 2050n);
  assert.is(of("\\sin(10^{1990})")!.opaque, true); // sin(1000…*/1*) in 2,000 characters
  assert.is(of("\\sin(10^{1991})"), null);
  const large = of("x^{20000}+1")!;
  assert.is(isSame(large, large), true);
  const sum = (letter: string) => of(Array.from({ length: 60 }, (_, at) => `${letter}^{${at}}`).join("+"))!;
  assert.is(isSame({ ...sum("x"), bottom: sum("y").top }, { ...sum("y"), bottom: sum("x").top }), null); // 3,600 terms
});

test.run();
