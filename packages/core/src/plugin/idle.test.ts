import { test } from "uvu";
import * as assert from "uvu/assert";
import { compileFormula } from "../formula/formula.ts";
import { effectiveNames, rangeOf } from "../formula/range.ts";
import type { Range } from "../formula/range.ts";
import { clippedBounds, deviations, holdsOne, idleAtFirstUpdate, idleWithin } from "./idle.ts";
import type { Surroundings } from "./idle.ts";

const around = { prompts: 4, samplesPerPrompt: 2, tokens: 8, updates: 1, klInReward: false, incoming: null, returns: null };
const scores = { low: 0, high: 2, what: "scores" };

test("deviations: the largest that one of n values can have, met by n − 1 equal values and one other", () => {
  for (const n of [2, 3, 10, 57]) {
    // 1, 0, 0, …: mean 1/n, squares (n − 1)/n
    const [mean, squares] = [1 / n, (n - 1) / n];
    assert.ok(Math.abs(deviations(n, "population", "").high - (1 - mean) / Math.sqrt(squares / n)) < 1e-12);
    assert.ok(Math.abs(deviations(n, "unbiased", "").high - (1 - mean) / Math.sqrt(squares / (n - 1))) < 1e-12);
  }
  assert.is(deviations(10, "population", "").high, 3);
  assert.is(deviations(1, "population", "").high, 0);
});

test("idleWithin: only where all that comes in lies within the bounds, which is known", () => {
  assert.match(idleWithin(scores, 0, 2)!.because, /^scores lie between 0 and 2$/);
  assert.is(idleWithin(scores, 0, 1.99), null);
  assert.is(idleWithin(scores, 0.01, 9), null);
  assert.is(idleWithin(null, -1e9, 1e9), null);
  assert.equal(clippedBounds(scores, -1, 1, "x"), { low: 0, high: 1, what: "scores" });
  assert.equal(clippedBounds(null, -1, 1, "x"), { low: -1, high: 1, what: "x" });
});

test("idleAtFirstUpdate: one update a rollout, and bounds that rounding doesn't reach", () => {
  assert.match(idleAtFirstUpdate(around)!.because, /every ratio is 1/);
  assert.is(idleAtFirstUpdate({ ...around, updates: 2 } satisfies Surroundings), null);
  assert.equal([holdsOne(0.8, 1.2), holdsOne(null, 5), holdsOne(1, 1.2), holdsOne(0.8, 1)], [true, true, false, false]);
});

test("rangeOf: interval arithmetic over the names' ranges", () => {
  const names = new Map<string, Range>([["a", [0, 1]], ["b", [-2, 3]]]); // prettier-ignore
  const range = (source: string) => rangeOf(compileFormula(source, ["a", "b", "unknown"]).formula, names);
  assert.equal(range("a * (1 + 0.5 * a) + 0.5 * a"), [0, 2]);
  assert.equal(range("a - b"), [-3, 3]);
  assert.equal(range("b * b"), [-6, 9]); // too wide, never too narrow
  assert.equal(range("b ^ 2"), [0, 9]);
  assert.equal(range("b ^ 3"), [-8, 27]);
  assert.equal(range("abs(b)"), [0, 3]);
  assert.equal(range("min(a, b)"), [-2, 1]);
  assert.equal(range("clamp(b, -1, 1)"), [-1, 1]);
  assert.equal(range("where(unknown > 0, a, 7)"), [0, 7]);
  assert.equal(range("1 / (a + 1)"), [0.5, 1]);
  for (const source of ["a / b", "unknown + 1", "log(a)", "2 ^ b", "exp(1000 * a)"]) assert.is(range(source), null, source);
});

test("effectiveNames: not those multiplied by 0", () => {
  const names = (source: string) => [...effectiveNames(compileFormula(source, ["a", "b"]).formula)];
  assert.equal(names("a + 0 * b"), ["a"]);
  assert.equal(names("a * (1 + b * 0)"), ["a"]);
  assert.equal(names("a + 0.1 * b"), ["a", "b"]);
});

test.run();
