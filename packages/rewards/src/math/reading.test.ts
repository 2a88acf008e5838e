import { test } from "uvu";
import * as assert from "uvu/assert";
import fc from "fast-check";
import { cleaned } from "./cleaned.ts";
import { compareAnswers } from "./compare-answers.ts";
import { unrepeated } from "./repeating.ts";

const isEqual = (expected: string, given: string) => compareAnswers(given, expected, 1e-9) === "equal";
const equal = (expected: string, ...given: readonly string[]) => {
  for (const each of given) assert.ok(isEqual(expected, each), `${expected}  |  ${each}`);
};
const notEqual = (expected: string, ...given: readonly string[]) => {
  for (const each of given) assert.not.ok(isEqual(expected, each), `${expected}  |  ${each}`);
};

test("reading: the height of a character is its meaning", () => {
  equal("x^2", "x²");
  notEqual("x_2", "x²");
  equal("10^{-3}", "10⁻³");
  notEqual("10-3", "10⁻³");
  equal("2^n", "2ⁿ");
  notEqual("2n", "2ⁿ");
  equal("3", "log₂ 8", "\\log₂8");
  notEqual("108", "10₈");
  notEqual("5", "⁵", "₅", "⑤", "Ⅴ");
});

test("reading: fractions, roots, dashes and digits of Unicode", () => {
  equal("7/8", "⅞");
  equal("5/2", "2½");
  equal("1/2", "1⁄2", "1∕2");
  equal("12", "√144", "１２", "١٢");
  equal("-5", "‑5", "−5", "–5");
  notEqual("-2", "3–5"); // a range
  notEqual("5", "~5", "~~5~~", "≈5", "≠5", "5̸");
});

test("reading: emphasis and the marks between digits", () => {
  equal("73", "**73**", "__73__", "*73*", "`73`", "***73***", "**73**.");
  notEqual("9", "**3**");
  equal("2^{10}", "2**10");
  equal("100000", "1,00,000");
  equal("1000000", "1 000 000", "1\u202f000\u00a0000", "1'000'000", "1’000’000", "1_000_000", "1.000.000");
  equal("1234.5", "1.234,5", "1,234.5");
  notEqual("101125/200", "1 125/200"); // a mixed number
  notEqual("11/2", "1 1/2");
  notEqual("111", "0,111");
  notEqual("1, 2, 3", "1, 2, 3, ...");
});

test("reading: repeating decimals are exact, or not read", () => {
  equal("1/3", "0.\\overline{3}", "0.\\bar3", "0.\\dot{3}", "0.(3)", "0.3̅", "0.333…", "0.333\\ldots");
  equal("1/7", "0.(142857)", "0.\\dot{1}4285\\dot{7}", "0.142857142857...");
  equal("1/6", "0.1\\overline{6}", "0.16̅");
  equal("1", "0.\\overline{9}");
  notEqual("0", "0.(3)");
  notEqual("7.5", "2.5(3)");
  notEqual("0.333", "0.333...", "0.\\overline{333}");
  notEqual("3.14159", "3.14159...");
  const digits = (max: number) => fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: max }).map((all) => all.join(""));
  fc.assert(
    fc.property(fc.nat(99), digits(3), digits(5), (whole, once, block) => {
      const again = /^9*$/.test(block) ? "7" : block; // 0.(9) is 1
      const value = unrepeated(cleaned(`${whole}.${once}(${again})`));
      const [top, bottom] = /^\((\d+)\/(\d+)\)$/.exec(value)!.slice(1).map(BigInt) as [bigint, bigint];
      const scale = 10n ** BigInt(once.length + 4 * again.length);
      assert.is((top * scale) / bottom, BigInt(`${whole}${once}${again.repeat(4)}`)); // long division gives the digits again
    }),
    { numRuns: 200, seed: 1 },
  );
});

test("reading: the verdict doesn't depend on the side", () => {
  const number = fc.integer({ min: 0, max: 30 });
  const answer = fc.oneof(
    number.map(String),
    fc.tuple(number, fc.constantFrom(" million", " dozen", " cm", " m", "\\%", "²", "/2", ".5", " zillion", "^\\circ", "_8", "!")).map((parts) => parts.join("")), // prettier-ignore
    fc.tuple(fc.constantFrom("x=", "y=", "not ", "\\$", "€", "-", "\\pm", "x>", "\\sqrt"), number).map((parts) => parts.join("")),
    fc.tuple(fc.constantFrom("(", "\\{", "[", ""), number, number, fc.constantFrom(")", "\\}", "]", "")).map(([open, a, b, close]) => `${open}${a},${b}${close}`), // prettier-ignore
    fc.constantFrom("x", "\\pi", "\\infty", "odd", "Evelyn", "x^2-1", "(x-1)(x+1)", "x=1,y=2", "1:2", "2:4", "0.\\overline{3}", "1/3", "half", "[0,1]\\cup[1,2]", "[0,2]"), // prettier-ignore
  );
  fc.assert(
    fc.property(answer, answer, (a, b) => assert.is(isEqual(a, b), isEqual(b, a), `${a}  |  ${b}`)),
    { numRuns: 3_000, seed: 1 },
  );
});

test.run();
