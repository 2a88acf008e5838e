import { test } from "uvu";
import * as assert from "uvu/assert";
import { functionNames, functions } from "./functions.ts";

const near = (actual: number, expected: number, what: string) =>
  assert.ok(Math.abs(actual - expected) <= 1e-14 * Math.abs(expected), `${what}: ${actual}, expected ${expected}`); // a few roundings

test("functions: values known exactly", () => {
  const ln2 = Math.log(2);
  for (const [name, x, value] of [
    ["sqrt", 9, 3],
    ["abs", -2, 2],
    ["exp", ln2, 2],
    ["ln", Math.E, 1],
    ["log", Math.E, 1],
    ["sin", Math.PI / 6, 1 / 2],
    ["cos", Math.PI / 3, 1 / 2],
    ["tan", Math.PI / 4, 1],
    ["sec", Math.PI / 3, 2],
    ["csc", Math.PI / 6, 2],
    ["cot", Math.atan(2), 1 / 2],
    ["arcsin", 1, Math.PI / 2],
    ["arccos", 0, Math.PI / 2],
    ["arctan", 1, Math.PI / 4],
    ["sinh", ln2, 3 / 4],
    ["cosh", ln2, 5 / 4],
    ["tanh", ln2, 3 / 5], // (2 − ½)/2, (2 + ½)/2, their quotient
    ["factorial", 0, 1],
    ["factorial", 1, 1],
    ["factorial", 2, 2],
    ["factorial", 5, 120],
    ["factorial", 170, 7.257415615307994e306],
  ] as const)
    // prettier-ignore
    near((functions[name] as (x: number) => number)(x), value, `${name} ${x}`);
  near(functions.logBase(8, 2), 3, "log₂ 8");
  near(functions.logBase(2, 8), 1 / 3, "log₈ 2");
});

test("functions: roots of negative numbers where the order is odd", () => {
  near(functions.root(8, 3), 2, "8, 3");
  near(functions.root(-8, 3), -2, "-8, 3");
  near(functions.root(16, 4), 2, "16, 4");
  near(functions.root(-1 / 8, 3), -1 / 2, "-1/8, 3");
  near(functions.root(-32, -5), -1 / 2, "-32, -5");
  assert.is(functions.root(0, 3), 0);
  for (const [x, n] of [[-16, 4], [-16, 2], [-8, 1.5]] as const) assert.ok(Number.isNaN(functions.root(x, n)), `${x}, ${n}`); // prettier-ignore
});

test("functions: a factorial is of a natural number, as far as doubles go", () => {
  for (const n of [-1, 2.5, 171, NaN]) assert.ok(Number.isNaN(functions.factorial(n)), String(n));
});

test("functions: each is written by its name, or another", () => {
  for (const [name, called] of Object.entries(functionNames)) assert.ok(Object.hasOwn(functions, called), name);
  for (const name of Object.keys(functions)) assert.is(functionNames[name], name);
  assert.equal(["lg", "tg", "ctg", "asin", "acos", "atan"].map((name) => functionNames[name]), ["log", "tan", "cot", "arcsin", "arccos", "arctan"]); // prettier-ignore
});

test.run();
