import * as tf from "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { lossFormulas, readFormula } from "../formula/formula.ts";
import { assertClose, assertGradient, gradient, leakedTensors } from "../testing/tensors.ts";
import { differentiableNames, stoppedNames, tensorFormula } from "./tensor-formula.ts";

const tree = (source: string) => readFormula(source, ["x", "y", "z"], lossFormulas).formula;
const row = (...values: number[]) => tf.tensor2d([values]);

/** The formula as a function of x, for given y and z. */
function ofX(source: string, y: tf.Tensor2D = row(0), z: tf.Tensor2D = row(0)) {
  const compute = tensorFormula(tree(source));
  return (x: tf.Tensor2D) => compute({ x, y: fit(y, x), z: fit(z, x) });
}
const fit = (values: tf.Tensor2D, like: tf.Tensor2D) =>
  values.size === like.size ? values : tf.fill(like.shape, values.dataSync()[0]!);

function valueAndGradient(source: string, x: number[], y: number[] = [0]): { value: number[]; slope: number[] } {
  const f = ofX(source, row(...y));
  const reading = (values: tf.Tensor2D) => tf.add(f(values), tf.mul(values, 0)); // tfjs refuses to differentiate by what no operation leads from
  return { value: [...f(row(...x)).dataSync()], slope: [...gradient(reading, row(...x)).dataSync()] };
}
function check(source: string, x: number[], expected: { value: number[]; slope: number[] }, y: number[] = [0]): void {
  const { value, slope } = valueAndGradient(source, x, y);
  const name = (what: string, given: number[]) => `${what} of ${source} at ${x.join(", ")}: ${given.join(", ")}`;
  for (const [what, given, wanted] of [
    ["value", value, expected.value],
    ["slope", slope, expected.slope],
  ] as const) {
    try {
      assertClose(row(...given), [wanted], 1e-5);
    } catch (error) {
      throw new Error(name(what, given), { cause: error });
    }
  }
}

test("tensor formula: arithmetic, by hand", () => {
  // 2x − x·y/4 + 1 at x = 3, y = 8: 6 − 6 + 1; slope 2 − 8/4
  check("2 * x - x * y / 4 + 1", [3], { value: [1], slope: [0] }, [8]);
  // y/x at x = 2, y = 3: slope −3/4;  −x
  check("y / x", [2], { value: [1.5], slope: [-0.75] }, [3]);
  check("-x", [2], { value: [-2], slope: [-1] });
  // exp, log, sqrt, abs
  check("exp(2 * x)", [0.5], { value: [Math.E], slope: [2 * Math.E] });
  check("log(x)", [4], { value: [Math.log(4)], slope: [0.25] });
  check("sqrt(x)", [4], { value: [2], slope: [0.25] });
  check("abs(x)", [-3, 0, 3], { value: [3, 0, 3], slope: [-1, 0, 1] });
});

test("tensor formula: gradients agree with finite differences, kinks apart", () => {
  const x = tf.tensor2d([
    [0.6, 0.7, 1.4],
    [2.1, 0.55, 1.05],
  ]);
  const y = tf.tensor2d([
    [0.5, -1, 2],
    [-0.4, 0.9, 1.5],
  ]);
  for (const source of [
    "x * y + y - x / (1 + y ^ 2)",
    "y / x",
    "exp(-x * y) * log(x) + sqrt(x)",
    "min(x, 1, y) + max(x * y, 0.2)",
    "clamp(x, 0.5, 1.3) * y",
    "clamp(x, y / 2, 1)",
    "abs(x - 1) ^ 1.5",
    "(x - 1) ^ 3 + (y * x) ^ 2 + x ^ -1",
    "x ^ x",
    "2 ^ x",
    "where(x > 1, x * y, log(x))",
    "where(y > 0, min(x, y), x ^ 2) * x",
    "-min(x * y, clamp(x, 0.8, 1.2) * y)",
  ])
    assertGradient(ofX(source, y), x);
});

test("tensor formula: comparisons and sign are numbers without a gradient", () => {
  check("(x > 1) + 2 * (x >= 1) + 4 * (x == 1) + 8 * (x != 1) + 16 * (x < 1) + 32 * (x <= 1)", [0, 1, 2], {
    value: [8 + 16 + 32, 2 + 4 + 32, 1 + 2 + 8],
    slope: [0, 0, 0],
  });
  check("sign(x) * x", [-2, 0, 3], { value: [2, 0, 3], slope: [-1, 0, 1] });
  check("(x > 1.2) * x", [Math.fround(1.2), 1.3], { value: [0, 1.3], slope: [0, 1] });
});

test("tensor formula: at a tie, min and max give all of the gradient to what is written first", () => {
  check("min(x, 3 * y)", [3], { value: [3], slope: [1] }, [1]);
  check("min(3 * y, x)", [3], { value: [3], slope: [0] }, [1]);
  check("max(x, 2 * x, 5)", [0, 5], { value: [5, 10], slope: [0, 2] });
  check("max(2 * x, 3 * x, x)", [0], { value: [0], slope: [2] });
});

test("tensor formula: clamp passes the gradient at its bounds, constant or not", () => {
  const x = [0.5, Math.fround(0.8), 1, Math.fround(1.2), 1.5];
  const value = [0.8, 0.8, 1, 1.2, 1.2];
  check("clamp(x, 0.8, 1 + 0.2)", x, { value, slope: [0, 1, 1, 1, 0] });
  check("clamp(x, 0.8 * y, 1.2 * y)", x, { value, slope: [0, 1, 1, 1, 0] }, [1]);
  // to the bounds, where they are what is differentiated
  check("clamp(y, x, x + 1)", [0, 1, 3], { value: [1, 2, 3], slope: [1, 0, 1] }, [2]);
});

test("tensor formula: powers of negative numbers and of 0", () => {
  check("x ^ 2", [-3, 0], { value: [9, 0], slope: [-6, 0] });
  check("x ^ 3", [-2, 0], { value: [-8, 0], slope: [12, 0] });
  check("x ^ 1 + x ^ 0", [-2, 0], { value: [-1, 1], slope: [1, 1] });
  check("x ^ -1", [-2], { value: [-0.5], slope: [-0.25] });
  check("x ^ 0.5", [0, -1], { value: [0, NaN], slope: [Infinity, NaN] });
  // an exponent that is a tensor: y·x^(y−1) to the base; x^y·ln x to the exponent, 0 where x^y is 0
  check("x ^ y", [-2, 0], { value: [-8, 0], slope: [12, 0] }, [3]);
  check("y ^ x", [2, 1], { value: [0, 0], slope: [0, 0] }, [0]);
  check("y ^ x", [2], { value: [9], slope: [9 * Math.log(3)] }, [3]);
});

test("tensor formula: at 0 the slopes of sqrt and log are infinite, and not where nothing flows back to them", () => {
  check("sqrt(x)", [0], { value: [0], slope: [Infinity] });
  check("log(x)", [0], { value: [-Infinity], slope: [Infinity] });
  check("where(x > 0, log(x), 7)", [0, -1, Math.E], { value: [7, 7, 1], slope: [0, 0, 1 / Math.E] });
  check("max(-1, log(x))", [0], { value: [-1], slope: [0] });
  check("0 * sqrt(x)", [0], { value: [0], slope: [0] });
  check("where(x < 90, exp(x), x)", [200], { value: [200], slope: [1] });
});

test("tensor formula: where takes a value other than 0 for true, and gives its condition no gradient", () => {
  check("where(x, 2 * x, 3 * x)", [0, -1, 0.5], { value: [0, -2, 1], slope: [3, 2, 2] });
  check("where(y < 0, x / 0, x)", [1], { value: [1], slope: [1] }, [1]);
  check("where(1, x, 2)", [5], { value: [5], slope: [1] });
});

test("tensor formula: stopGradient keeps the value alone", () => {
  check("stopGradient(x) * x", [3], { value: [9], slope: [3] });
  check("stopGradient(x ^ 2)", [3], { value: [9], slope: [0] });
});

test("tensor formula: numbers are folded before they are rounded to float32", () => {
  check("x * (1 + 1e-9 - 1) * 1e9", [1], { value: [1], slope: [1] });
  assertClose(ofX("1 + 2 ^ 3")(row(1, 2)), [[9, 9]]);
});

test("tensor formula: where a gradient may flow", () => {
  const reached = (source: string) => [...differentiableNames(tree(source))];
  assert.equal(reached("x * stopGradient(y) + z"), ["x", "z"]);
  assert.equal(reached("where(x > 1, y, 2) * sign(z)"), ["y"]);
  assert.equal(reached("(x < y) + 1"), []);
  assert.equal(reached("min(-x, exp(y))"), ["x", "y"]);
});

test("tensor formula: a value that is not there is no guess", () => {
  assert.throws(() => tensorFormula(tree("1"))({}), /at least one tensor/);
});

test("tensor formula: leaks no tensor", () => {
  const [x, y] = [row(0.5, 1, 2), row(1, -1, 0)];
  const compute = tensorFormula(
    tree(
      "where(y > 0, clamp(x, 0.8, y), x ^ y) + x ^ 3 + log(exp(x)) * sqrt(abs(x / 2)) - max(x, 1, y) * sign(x) * stopGradient(-x)",
    ),
  );
  const leaked = leakedTensors(() => {
    compute({ x, y }).dispose();
    gradient((values) => compute({ x: values, y }), x).dispose();
  });
  assert.is(leaked, 0);
});

test("stopped names: those within a stopGradient, at any depth", () => {
  const stopped = (source: string) => [...stoppedNames(tree(source))];
  assert.equal(stopped("x * y"), []);
  assert.equal(stopped("stopGradient(x) * y"), ["x"]);
  assert.equal(stopped("x + stopGradient(min(x, abs(y)))"), ["x", "y"]);
  assert.equal(stopped("where(stopGradient(x) > 1, y, stopGradient(x > y))"), [], "there is no derivative to be kept back");
});

test.run();
