import { test } from "uvu";
import * as assert from "uvu/assert";
import type { PreferenceItem, RewardOutcome } from "@rewardlab/core";
import { mathEqual } from "./math-equal.ts";

let counted: Record<string, number> = {};
test.before.each(() => {
  counted = {};
});

function outcomeOf(expected: string | undefined, response: string, options: object = {}): RewardOutcome {
  const metrics = { sum: (name: string) => (counted[name] = (counted[name] ?? 0) + 1), max: () => {}, share: () => {} };
  const rule = mathEqual.create(mathEqual.options.parse(options) as never, { metrics } as never);
  const item: PreferenceItem = { id: "a", images: [], question: "", responses: ["", ""], preferred: 1 };
  const items = [expected === undefined ? item : { ...item, answer: expected }];
  return (rule.score({ responses: [response], items }) as RewardOutcome[])[0]!;
}
const answered = (answer: string) => `<think>it is \\boxed{99}</think><answer>${answer}</answer>`;

test("math-equal: 1 where equal, 0 where different, invalid where that can't be told", () => {
  assert.is(outcomeOf("0.5", answered("\\frac12")), 1);
  assert.is(outcomeOf("0.5", answered("\\frac13")), 0);
  assert.equal(outcomeOf("5 zillion", answered("5")), {
    invalid: 'the item\'s answer, "5 zillion": the word "zillion" may change what stands before it',
  });
  assert.equal(counted, {});
});

test("math-equal: an answer that can't be read is wrong where the item's can, and is counted", () => {
  for (const answer of [
    "5 zillion",
    "5 is wrong",
    "not 5",
    "about 5",
    "at least 5",
    "no more than 5",
    "~~5~~",
    "5th",
    "9^9^9^9",
    "1/0",
  ])
    assert.is(outcomeOf("5", answered(answer)), 0, answer);
  assert.equal(counted, { unreadAnswers: 10, unreadWords: 6, unreadNotations: 2, unreadValues: 2 });
  assert.is(outcomeOf("5", answered("6")), 0);
  assert.is(counted["unreadAnswers"], 10);
  assert.is(outcomeOf("5", answered("5".repeat(3_000))), 0);
  assert.is(counted["unreadSizes"], 1);
});

test("math-equal: the last box in the answer, else all of the answer", () => {
  assert.is(outcomeOf("7", answered("so \\boxed{6}, no: \\boxed{7}")), 1);
  assert.is(outcomeOf("7", answered("\\boxed{6} \\boxed{\\frac{14}{2}}")), 1);
  assert.is(outcomeOf("7", answered("7")), 1);
  assert.is(outcomeOf("\\{7\\}", answered("it is $\\boxed{\\{7\\}}$.")), 1);
  assert.is(outcomeOf("7", answered("\\boxed{7}. And \\boxed{8")), 1); // the second one doesn't close
  assert.is(outcomeOf("7", answered("\\boxed{7} or 8")), 0);
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

test("math-equal: what stands in a thought is no answer, closed or not", () => {
  assert.is(outcomeOf("5", "<think>it is \\boxed{5}"), 0);
  assert.is(outcomeOf("5", "<think>a <think>b</think> \\boxed{5}"), 0);
  assert.is(outcomeOf("5", "<think><answer>5</answer>"), 0);
  assert.is(outcomeOf("5", "<think><answer>6</answer></think><answer>5</answer>"), 1);
  assert.is(outcomeOf("5", "it is \\boxed{5}</think> So it is 5."), 0);
  assert.is(outcomeOf("5", "it is 6</think> So \\boxed{5}."), 1);
});

test("math-equal: words around a box may change it", () => {
  assert.is(outcomeOf("5", "\\boxed{5} million"), 0);
  assert.is(outcomeOf("5000000", "$\\boxed{5}$ million."), 1);
  assert.is(outcomeOf("5", answered("\\boxed{5} is wrong")), 0);
  assert.is(outcomeOf("5", "It is not \\boxed{5}."), 0);
  assert.is(outcomeOf("5 m", "\\boxed{5} cm"), 0);
  assert.is(outcomeOf("5", "It is not 6. So \\boxed{5} solutions, as claimed."), 1);
  assert.is(outcomeOf("8", "\\boxed{3 + \\boxed{5}}"), 0); // not 5 either
  assert.is(outcomeOf("5", "\\boxed{\\boxed{5}}"), 1);
});

test("math-equal: an item without an answer can't tell", () => {
  assert.equal(outcomeOf(undefined, answered("7")), { invalid: "the item has no answer to compare with" });
});

test("math-equal: what can't be told is invalid, with why", () => {
  assert.equal(outcomeOf("28", answered("28\\%")), { invalid: "the same but for a percent sign" });
  assert.equal(outcomeOf("\\ln(-1-x^2)", answered("x")), { invalid: "there is no point where both are defined" });
  assert.equal(counted, {});
});

test("math-equal: why answers weren't read adds up to all of them", () => {
  assert.is(outcomeOf("5", answered("5 zillion")), 0);
  assert.equal(counted, { unreadAnswers: 1, unreadWords: 1 });
  assert.is(outcomeOf("5", answered("\\binom52")), 0);
  assert.is(outcomeOf("5", answered("\\sqrt{-1}")), 0);
  assert.is(outcomeOf("5", answered("(".repeat(60))), 0);
  assert.equal(counted, { unreadAnswers: 4, unreadWords: 1, unreadNotations: 1, unreadValues: 1, unreadSizes: 1 });
});

test("math-equal: each response is held against its own item, and a number as an answer is read as well", () => {
  const rule = mathEqual.create({ tolerance: 1e-9 } as never, { metrics: { sum: () => {} } } as never);
  const item = { id: "a", images: [], question: "", responses: ["", ""] as [string, string], preferred: 1 as const };
  const items = [
    { ...item, answer: "5" },
    { ...item, answer: 6 as never },
    { ...item, answer: null as never },
  ];
  const responses = ["\\boxed{5}", "\\boxed{6}", "\\boxed{5}"];
  assert.equal(rule.score({ responses, items }), [1, 1, { invalid: "the item has no answer to compare with" }]);
  assert.equal(rule.score({ responses: ["\\boxed{6}", "\\boxed{5}"], items }), [0, 0]);
});

test("math-equal: options", () => {
  assert.equal(mathEqual.options.parse({}), { tolerance: 1e-9 });
  for (const tolerance of [0, 0.5]) assert.equal(mathEqual.options.parse({ tolerance }), { tolerance });
  for (const tolerance of [-1e-9, 0.5001]) assert.not.ok(mathEqual.options.safeParse({ tolerance }).success);
});

test("math-equal: the tolerance is for decimals", () => {
  assert.is(outcomeOf("1/3", answered("0.333")), 0);
  assert.is(outcomeOf("1/3", answered("0.333"), { tolerance: 0.01 }), 1);
  for (const tolerance of [-1, 1, "1e-3"]) assert.not.ok(mathEqual.options.safeParse({ tolerance }).success);
});

test.run();
