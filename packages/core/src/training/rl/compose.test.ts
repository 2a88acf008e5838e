import "@tensorflow/tfjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { RewardOutcome } from "../../kinds.ts";
import { leakedTensors } from "../../testing/tensors.ts";
import { scoreComposer } from "./compose.ts";
import type { Composition } from "./compose.ts";
import { isInvalid } from "../score.ts";
import type { RuleOutcomes } from "../score.ts";

const away = { invalid: "the judge is away" };
const normalise = { deviation: "unbiased", epsilon: 0 } as const;
const compose = (options: Partial<Composition>, outcomes: RuleOutcomes, groupIds: number[]) =>
  scoreComposer(Object.keys(outcomes), { formula: null, weights: null, normalise: null, ...options }).compose(outcomes, groupIds);

function close(actual: readonly RewardOutcome[], expected: readonly RewardOutcome[]): void {
  assert.is(actual.length, expected.length);
  actual.forEach((value, row) => {
    const wanted = expected[row]!;
    if (isInvalid(value) || isInvalid(wanted)) assert.equal(value, wanted);
    else assert.ok(Math.abs(value - wanted) < 1e-6, `${value} at ${row}, expected ${wanted}`); // float32: 6e-8 of values near 1, twice
  });
}

test("compose: by a formula, or by weights; the same sum, bit for bit", () => {
  const outcomes = { accuracy: [1, 0, 1], format: [0, 1, 1] };
  const byFormula = compose({ formula: "accuracy + 0.5 * format" }, outcomes, [0, 0, 0]);
  const byWeights = compose({ weights: { accuracy: 1, format: 0.5 } }, outcomes, [0, 0, 0]);
  assert.equal(byFormula.scores, [1, 0.5, 1.5]);
  assert.equal(byWeights, byFormula);
  assert.equal(byFormula.plain, byFormula.scores);
});

test("compose: weights need no name that a formula can read", () => {
  assert.equal(compose({ weights: { "a-b": 2, mod: -1 } }, { "a-b": [1], mod: [3] }, [0]).scores, [-1]); // 2·1 − 3
});

test("compose: each rule normalised in its group before the sum", () => {
  // group 0: accuracy 1, 0: mean 0.5, σ = √(2·0.25/1) = √½ → ±√½;  length 0, −100: mean −50, σ = √5000 → ±50/√5000 = ±√½
  // group 1: accuracy 1, 1: equal → 0, 0;  length −10, −30: ±√½
  const outcomes = { accuracy: [1, 1, 0, 1], length: [0, -10, -100, -30] };
  const groups = [0, 1, 0, 1];
  const made = compose({ weights: { accuracy: 2, length: 1 }, normalise }, outcomes, groups);
  close(made.scores, [3 * Math.SQRT1_2, Math.SQRT1_2, -3 * Math.SQRT1_2, -Math.SQRT1_2]);
  assert.equal(made.plain, [2, -8, -100, -28], "what the rules gave, weighed");
  // a formula reads the normalised outcomes too: √½·√½ = ½ in group 0, 0 in group 1
  close(compose({ formula: "accuracy * length", normalise }, outcomes, groups).scores, [0.5, 0, 0.5, 0]);
});

test("compose: deviation and ε as they are named", () => {
  // 0, 2: population σ = 1; ±1/(1 + 1) = ±0.5
  const given = compose({ weights: { a: 1 }, normalise: { deviation: "population", epsilon: 1 } }, { a: [0, 2] }, [5, 5]);
  close(given.scores, [-0.5, 0.5]);
});

test("compose: GDPO tells apart what GRPO makes the same", () => {
  // arXiv 2601.05242v1, two rollouts and two rules of 0 or 1: (0, 0) against (1, 0), and against (1, 1)
  const weights = { one: 1, two: 1 };
  const better = (one: number, two: number) =>
    compose({ weights, normalise }, { one: [0, one], two: [0, two] }, [0, 0]).scores[1] as number;
  close([better(1, 0), better(1, 1)], [Math.SQRT1_2, 2 * Math.SQRT1_2]);
  // normalised after the sum, both are √½: the group's scores 0, 1 and 0, 2
  const after = (total: number) => compose({ weights: { sum: 1 }, normalise }, { sum: [0, total] }, [0, 0]).scores[1] as number;
  close([after(1), after(2)], [Math.SQRT1_2, Math.SQRT1_2]);
});

test("compose: an invalid outcome stays so, and enters no statistic of its rule or of another", () => {
  // a: 1, 3 are left: ∓√½;  b: 0, 6, 3: mean 3, σ = 3 → −1, 1, 0;  row 1 has no score, but its b counts
  const made = compose({ weights: { a: 1, b: 1 }, normalise }, { a: [1, away, 3], b: [0, 6, 3] }, [0, 0, 0]);
  close(made.scores, [-Math.SQRT1_2 - 1, { invalid: "a: the judge is away" }, Math.SQRT1_2]);
  assert.equal(made.plain, [1, { invalid: "a: the judge is away" }, 6]);
});

test("compose: one valid outcome in a group gives 0; none at all stays invalid", () => {
  close(compose({ weights: { a: 1 }, normalise }, { a: [4, away, 7] }, [0, 0, 1]).scores, [
    0,
    { invalid: `a: ${away.invalid}` },
    0,
  ]);
  assert.ok(compose({ weights: { a: 1 }, normalise }, { a: [away, away] }, [0, 0]).scores.every(isInvalid));
});

test("compose: says what it computes", () => {
  const source = (options: Partial<Composition>) =>
    scoreComposer(["a", "b"], { formula: null, weights: null, normalise: null, ...options }).source;
  assert.is(source({ formula: "a + b" }), "a + b");
  assert.is(source({ weights: { a: 1, b: -0.5 } }), "1 * a + -0.5 * b");
  assert.match(source({ formula: "a", normalise }), /^a, each rule normalised/);
});

test("compose: leaks no tensor", () => {
  assert.is(
    leakedTensors(() => void compose({ weights: { a: 1 }, normalise }, { a: [1, 2, away] }, [0, 0, 0])),
    0,
  );
});

test.run();
