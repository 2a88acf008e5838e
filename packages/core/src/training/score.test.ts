import { test } from "uvu";
import * as assert from "uvu/assert";
import { compileFormula } from "../formula/formula.ts";
import type { RewardOutcome } from "../kinds.ts";
import { fakeItems } from "../testing/fake-model.ts";
import { applyRules, isInvalid, outcomesAt, ruleMeans, scoreOf } from "./score.ts";

const batch = { responses: ["a", "b", "c"], items: fakeItems(3) };
const rule = (outcomes: unknown) => ({ score: () => outcomes as RewardOutcome[] });
const away = { invalid: "the judge is away" };

test("rules: outcomes as they are, invalid ones included", async () => {
  const outcomes = await applyRules({ one: rule([1, 0, away]), two: { score: async () => [1, 2, 3] } }, batch);
  assert.equal(outcomes, { one: [1, 0, away], two: [1, 2, 3] });
  assert.equal(outcomesAt(outcomes, 2), { one: away, two: 3 });
});

test("score: by the formula; invalid where any rule is, never 0", () => {
  const formula = compileFormula("one + 2 * two", ["one", "two"]);
  const outcomes = { one: [1, away], two: [3, 1] };
  assert.is(scoreOf(formula, outcomes, 0), 7);
  assert.equal(scoreOf(formula, outcomes, 1), { invalid: "one: the judge is away" });
  assert.ok(isInvalid(scoreOf(formula, outcomes, 1)));
});

test("score: also where the formula doesn't use the rule that could not tell", () => {
  assert.ok(isInvalid(scoreOf(compileFormula("two", ["one", "two"]), { one: [away], two: [3] }, 0)));
});

test("means: over the valid ones; a rule without any has none", () => {
  assert.equal(ruleMeans({ one: [1, away, 0], two: [away, away, away], three: [2, 2, 5] }), { one: 0.5, three: 3 });
});

test.run();
