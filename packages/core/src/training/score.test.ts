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

test("rules: side by side, and the first one's error is told once all have ended", async () => {
  const order: string[] = [];
  const slow = (name: string, turns: number, error?: Error) => ({
    score: async () => {
      order.push(`${name} begins`);
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      order.push(`${name} ends`);
      if (error) throw error;
      return [1, 1, 1];
    },
  });
  await applyRules({ a: slow("a", 3), b: slow("b", 1) }, batch);
  assert.equal(order.splice(0), ["a begins", "b begins", "b ends", "a ends"]);
  const failing = { a: slow("a", 3, new Error("a's")), b: slow("b", 1, new Error("b's")), c: slow("c", 5) };
  const error = (await applyRules(failing, batch).catch((caught: unknown) => caught)) as Error;
  assert.is(error.message, "a's");
  assert.is(order.at(-1), "c ends");
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
