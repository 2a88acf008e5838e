import { test } from "uvu";
import * as assert from "uvu/assert";
import { RunError } from "@rewardlab/storage";
import { compileFormula } from "../formula/formula.ts";
import type { RewardOutcome } from "../kinds.ts";
import { fakeItems } from "../testing/fake-model.ts";
import { applyRules, isInvalid, outcomesAt, ruleMeans, scoreOf } from "./score.ts";

const batch = { responses: ["a", "b", "c"], items: fakeItems(3) };
const rule = (outcomes: unknown) => ({ score: () => outcomes as RewardOutcome[] });
const refused = async (outcomes: unknown, message: RegExp) => {
  const error = await applyRules({ mine: rule(outcomes) }, batch).catch((reason: unknown) => reason);
  assert.instance(error, RunError);
  assert.match((error as RunError).message, message);
};
const away = { invalid: "the judge is away" };

test("rules: outcomes as they are, invalid ones included", async () => {
  const outcomes = await applyRules({ one: rule([1, 0, away]), two: { score: async () => [1, 2, 3] } }, batch);
  assert.equal(outcomes, { one: [1, 0, away], two: [1, 2, 3] });
  assert.equal(outcomesAt(outcomes, 2), { one: away, two: 3 });
});

test("rules: one that throws stops the run, its name and reason told", async () => {
  const throwing = { score: () => Promise.reject(new Error("no luck")) };
  const error = (await applyRules({ mine: throwing }, batch).catch((reason: unknown) => reason)) as RunError;
  assert.instance(error, RunError);
  assert.is(error.message, "reward mine: no luck");
  assert.is((error.cause as Error).message, "no luck");
});

test("rules: a wrong count, NaN, ±∞, nothing, or an object without a reason stop the run", async () => {
  await refused(undefined, /reward mine: gave undefined, expected a list/);
  await refused([1, 2], /reward mine: gave 2 outcomes for 3 responses/);
  await refused([1, NaN, 3], /reward mine: gave NaN for response 1 \("b"\), expected a finite number or { invalid: reason }/);
  await refused([1, 2, -Infinity], /gave -Infinity for response 2/);
  await refused([undefined, 2, 3], /gave undefined for response 0/);
  await refused([null, 2, 3], /gave null for response 0/);
  await refused([{}, 2, 3], /for response 0/);
  await refused(["1", 2, 3], /gave 1 for response 0/);
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
