import { test } from "uvu";
import * as assert from "uvu/assert";
import type { PreferenceItem, RewardOutcome } from "@rewardlab/core";
import { mathEqual } from "./math-equal.ts";

function outcomeOf(expected: string | undefined, response: string, options: object = {}): RewardOutcome {
  const rule = mathEqual.create(mathEqual.options.parse(options) as never, {} as never);
  const item: PreferenceItem = { id: "a", images: [], question: "", responses: ["", ""], preferred: 1 };
  const items = [expected === undefined ? item : { ...item, answer: expected }];
  return (rule.score({ responses: [response], items }) as RewardOutcome[])[0]!;
}
const answered = (answer: string) => `<think>it is \\boxed{99}</think><answer>${answer}</answer>`;

test("math-equal: 1 where equal, 0 where different, invalid where that can't be told", () => {
  assert.is(outcomeOf("0.5", answered("\\frac12")), 1);
  assert.is(outcomeOf("0.5", answered("\\frac13")), 0);
  assert.equal(outcomeOf("0.5", answered("a half")), { invalid: 'the answer given, "a half": "half" is a word' });
  assert.equal(outcomeOf("a half", answered("0.5")), { invalid: 'the item\'s answer, "a half": "half" is a word' });
});

test("math-equal: the last box in the answer, else all of the answer", () => {
  assert.is(outcomeOf("7", answered("so \\boxed{6}, no: \\boxed{7}")), 1);
  assert.is(outcomeOf("7", answered("\\boxed{6} \\boxed{\\frac{14}{2}}")), 1);
  assert.is(outcomeOf("7", answered("7")), 1);
  assert.is(outcomeOf("\\{7\\}", answered("it is $\\boxed{\\{7\\}}$.")), 1);
  assert.is(outcomeOf("7", answered("\\boxed{7} or \\boxed{8")), 1); // the second one doesn't close
  assert.is(outcomeOf("99", answered("7")), 0); // what the thought boxes is no answer
});

test("math-equal: without <answer>, the last box after the thought", () => {
  assert.is(outcomeOf("7", "<think>\\boxed{6}</think> Therefore \\boxed{7}."), 1);
  assert.is(outcomeOf("7", "\\boxed{7}"), 1);
  assert.is(outcomeOf("6", "<think>\\boxed{6}</think> Therefore 6."), 0);
});

test("math-equal: no answer is the policy's failure, 0", () => {
  for (const response of [
    "",
    "7",
    "<answer></answer>",
    "<answer>7",
    "<answer>\\boxed{7}</answer><answer>\\boxed{7}</answer>",
    "\\boxed{7",
    "\\boxed{}",
  ])
    assert.is(outcomeOf("7", response), 0, response);
  assert.is(outcomeOf("x", "\\boxed{".repeat(20_000)), 0);
});

test("math-equal: an item without an answer can't tell", () => {
  assert.equal(outcomeOf(undefined, answered("7")), { invalid: "the item has no answer to compare with" });
});

test("math-equal: the tolerance is for decimals", () => {
  assert.is(outcomeOf("1/3", answered("0.333")), 0);
  assert.is(outcomeOf("1/3", answered("0.333"), { tolerance: 0.01 }), 1);
  for (const tolerance of [-1, 1, "1e-3"]) assert.not.ok(mathEqual.options.safeParse({ tolerance }).success);
});

test.run();
