import { test } from "uvu";
import * as assert from "uvu/assert";
import fc from "fast-check";
import { readExpression } from "./expression.ts";
import { areProportional, compareScalars, hasValue } from "./scalars.ts";
import type { Verdict } from "./scalars.ts";
import { Unreadable } from "./unreadable.ts";

function compared(left: string, right: string, tolerance = 1e-9): Verdict {
  const decimals = /\./.test(left + right);
  const verdict = compareScalars({ left: readExpression(left), right: readExpression(right), decimals }, tolerance);
  assert.equal(
    typeof compareScalars({ left: readExpression(right), right: readExpression(left), decimals }, tolerance),
    typeof verdict,
    "from either side",
  );
  return verdict;
}
const equal = (left: string, right: string) => assert.is(compared(left, right), "equal", `${left} and ${right}`);
const different = (left: string, right: string) => assert.is(compared(left, right), "different", `${left} and ${right}`);
const unknown = (left: string, right: string, reason: RegExp) => {
  const verdict = compared(left, right);
  if (typeof verdict === "string") throw new Error(`${left} and ${right}: ${verdict}, expected unknown`);
  assert.match(verdict.unknown, reason);
};

test("scalars: rational numbers, exactly", () => {
  for (const half of ["0.5", "1/2", "\\frac12", "50%", ".50", "2^{-1}", "5E-1"]) equal(half, "\\frac{3}{6}");
  equal("0.1+0.2", "0.3");
  different("10^{40}+1", "10^{40}");
  different("\\frac{1}{2004!}", "\\frac{1}{2006!}");
  different("1/3", "0.333");
});

test("scalars: decimals within the tolerance, and only decimals", () => {
  assert.is(compared("1/3", "0.333", 1e-3), "equal");
  assert.is(compared("1/3", "0.333", 9e-4), "different"); // |1/3 − 0.333| / (1/3) = 1e-3
  assert.is(compared("1/3", "333/1000", 1e-2), "different");
  assert.is(compared("\\sqrt2", "1.414", 1e-3), "equal");
  equal("\\sqrt2", "1.41421356237");
  different("\\pi", "3.14");
  assert.is(compared("10^{30}", "1.0", 0.5), "different");
});

test("scalars: irrational numbers, by their value", () => {
  equal("\\sqrt{117}", "3\\sqrt{13}");
  equal("\\frac{\\sqrt2}{2}", "\\frac{1}{\\sqrt2}");
  equal("\\sqrt[3]{-8}", "-2");
  equal("\\log_2 8", "3");
  equal("\\sqrt{3+2\\sqrt2}", "1+\\sqrt2");
  different("\\frac{1+\\sqrt5}{2}", "2");
  different("1-\\frac1e", "1+\\frac1e");
  unknown("\\sin(\\pi)", "0", /too close to tell apart/); // 1.2e-16 in doubles
  unknown("\\pi", "\\frac{355}{113}", /too close|tell apart/); // 8.5e-8 apart
});

test("scalars: rational functions are proven equal or different", () => {
  equal("(x+1)^2", "x^2+2x+1");
  different("(x+1)^2", "x^2+2x+2");
  equal("x^2-y^2", "(x-y)(x+y)");
  equal("\\frac{1}{x-1}-\\frac{1}{x+1}", "\\frac{2}{x^2-1}");
  equal("(x+1)^{30}", "(1+x)^{30}");
  different("x+2n+1", "x+1");
  different("x", "y");
  different("10^{-20}x", "10^{-21}x");
});

test("scalars: other functions by their values where both are defined", () => {
  equal("2\\sin x\\cos x", "\\sin 2x");
  equal("\\tan^2(y)+1", "\\sec^2(y)");
  equal("\\ln(x^2)", "2\\ln x");
  equal("\\sqrt{x^2}", "|x|");
  different("\\sqrt{x^2}", "x");
  equal("\\arcsin x + \\arccos x", "\\frac{\\pi}{2}");
  different("\\frac{\\pi r}{h+r}", "\\frac{\\pi h}{h+r}");
  equal("10^{\\frac{-5+\\sqrt{13}}{6}}", "10^{-\\frac{5-\\sqrt{13}}{6}}");
});

test("scalars: what is nowhere defined, or needs other numbers, is unknown", () => {
  unknown("\\ln(-1-x^2)", "x", /no point where both are defined/);
  unknown("\\sqrt{-1}", "2", /no point where both are defined/);
  unknown("e^{i\\pi}", "-1", /complex/);
  unknown("\\log 100", "2", /log without a base/);
  equal("\\log x + \\log y", "\\log (xy)");
  equal("(1+i)^2", "2i");
  different("3+4i", "3-4i");
  assert.throws(
    () => compared("1/0", "1"),
    (error: unknown) => error instanceof Unreadable && /divides by 0/.test(error.message),
  );
});

test("scalars: decimals in functions, within the tolerance", () => {
  equal("0.5x", "x/2");
  assert.is(compared("0.333x", "x/3", 1.1e-3), "equal"); // apart by 1e-3 of the larger everywhere
  assert.is(compared("0.333x", "x/3", 9e-4), "different");
  assert.is(compared("0.333\\sin x", "\\frac{\\sin x}{3}", 1.1e-3), "equal");
  assert.is(compared("-2.0\\sin x", "-\\sin x", 0.51), "equal"); // 1/2 of the larger
  assert.is(compared("-\\sin x", "-2.0\\sin x", 0.51), "equal");
  assert.is(compared("-2.0\\sin x", "-\\sin x", 0.49), "different");
  assert.is(compared("-0.333", "-1/3", 1.1e-3), "equal");
  assert.is(compared("-0.333", "-1/3", 9e-4), "different");
  assert.is(compared("0.5", "-0.5", 0.5), "different");
  assert.is(compared("2.0", "1", 0.5), "equal"); // |2 − 1|/2, the bound itself
  assert.is(compared("2.01", "1", 0.5), "different");
  assert.is(compared("0.0", "1", 0.5), "different");
});

test("scalars: how near is the same, doubtful, or apart", () => {
  different("\\pi", "\\frac{31416}{10000}"); // 2.3e-6
  unknown("\\pi", "\\frac{314159}{100000}", /too close to tell apart/); // 8.4e-7
  different("\\pi x", "\\frac{31416}{10000}x");
  unknown("\\pi x", "\\frac{314159}{100000}x", /too close/);
  different("0.3\\pi", "0.3\\cdot\\frac{314159}{100000}"); // a decimal point: beyond the tolerance
  unknown("\\sqrt{10^{30}+1}-10^{15}", "1", /too close/); // 5e-16, but rounding reaches 1e-12 of 10^30
  equal("\\sqrt{2}\\sqrt{3}", "\\sqrt6");
  different("\\sqrt{2}+\\sqrt{3}", "\\sqrt5");
  different("\\sin x", "\\sin x+\\sqrt[3]{10^{-15}}"); // 1e-5
});

test("scalars: four points where both are defined are enough, three are not", () => {
  equal("2\\ln\\sqrt{x-3}", "\\ln(x-3)"); // between 3 and 12: four points
  unknown("2\\ln\\sqrt{x-9}", "\\ln(x-9)", /too few points/);
  unknown("2\\ln\\sqrt{x-12}", "\\ln(x-12)", /no point where both/);
  equal("2\\ln\\sqrt{-x}", "\\ln(-x)");
  different("\\ln(x-9)", "\\sqrt{x-9}");
  equal("\\ln(a)+\\ln(b)+\\ln(c)+\\ln(d)+\\ln(p)+\\ln(q)", "\\ln(ab \\cdot cd \\cdot pq)");
  equal("\\arcsin(\\sin x)", "\\arcsin(\\sin x)+\\sin^2 x+\\cos^2 x-1");
});

test("scalars: log without a base, where both of its bases agree", () => {
  different("\\log 100", "3");
  different("\\log 100", "\\log 10");
  equal("\\log 100", "2\\log 10");
  unknown("\\log 100", "\\ln 100", /log without a base could be either of two/);
  unknown("\\log(-1)", "2", /no point/);
});

test("scalars: whether it has a value somewhere", () => {
  for (const latex of ["7", "2000!", "1/2000!", "x", "1/x", "\\sqrt x", "\\sqrt{-x}", "\\pi", "e", "\\ln(x-11)", "i"])
    assert.is(hasValue(readExpression(latex)), true, latex);
  for (const latex of [
    "\\sqrt{-1}",
    "\\ln(-1-x^2)",
    "9^{9^{9^9}}",
    "\\sqrt i \\cdot \\sqrt{-1}",
    "\\ln(x-12)",
    "\\ln(e-3)",
    "\\ln(\\pi-4)",
  ])
    assert.is(hasValue(readExpression(latex)), false, latex);
});

test("scalars: multiples of each other", () => {
  const proportional = (left: string, right: string) => areProportional(readExpression(left), readExpression(right));
  for (const [left, right] of [
    ["2x-4", "x/2-1"],
    ["1-x", "x-1"],
    ["x+y", "-3x-3y"],
    ["x^2", "5x^2"],
    ["(x+1)/y", "2x+2"],
  ] as const) {
    assert.is(proportional(left, right), true, left);
    assert.is(proportional(right, left), true, left);
  }
  for (const [left, right] of [
    ["2x-4", "x-3"],
    ["x", "y"],
    ["1+x", "1+y"],
    ["x+1", "y+1"],
    ["x+1", "x"],
    ["x", "x+1"],
    ["x-x", "x-x"],
    ["x-x", "x"],
    ["x+y+1", "x+y+2"],
  ] as const) {
    assert.is(proportional(left, right), false, left);
    assert.is(proportional(right, left), false, left);
  }
  for (const [left, right] of [
    ["\\sin x", "x"],
    ["\\sin x", "\\sin x"],
    ["x^{20001}", "x"],
  ] as const) {
    assert.is(proportional(left, right), null, left);
    assert.is(proportional(right, left), null, left);
  }
});

test("scalars: huge powers are unknown and take no time", () => {
  const started = performance.now();
  unknown("9^9^9^9", "9^9^9", /no point where both are defined/);
  unknown("9^{9^{9^9}}", "1", /no point/);
  unknown("10^{-400000}", "10^{-500000}", /no point/);
  unknown("e^{-1000}", "e^{-2000}", /no point/);
  assert.is(compared("(x+y+z+w)^{99}", "1"), "different");
  assert.ok(performance.now() - started < 2_000);
});

test("scalars: products of sums against their expansion, with any numbers; one more is different", () => {
  const number = fc.integer({ min: -99, max: 99 });
  const sum = (value: number) => (value < 0 ? `- ${-value}` : `+ ${value}`);
  const property = fc.property(number, number, number, (a, b, c) => {
    const [product, linear] = [a * b, a + b];
    equal(
      `\\frac{(x ${sum(a)})(x ${sum(b)})}{${Math.abs(c) + 1}}`,
      `(x^2 ${sum(linear)} \\cdot x ${sum(product)}) \\div ${Math.abs(c) + 1}`,
    );
    different(`(x ${sum(a)})(x ${sum(b)})`, `x^2 ${sum(linear)} \\cdot x ${sum(product + 1)}`);
  });
  fc.assert(property, { numRuns: 200, seed: 1 });
});

test.run();
