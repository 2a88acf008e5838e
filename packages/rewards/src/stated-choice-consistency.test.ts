import { test } from "uvu";
import * as assert from "uvu/assert";
import { statedChoiceConsistency } from "./stated-choice-consistency.ts";

function scoresOf(options: object, ...responses: string[]) {
  const rule = statedChoiceConsistency.create(statedChoiceConsistency.options.parse(options) as never, {} as never);
  return rule.score({ responses, items: [] });
}
/** Score against answer 1 and against answer 2, with three values that can be told apart. */
function bothAnswers(thought: string, options: object = {}) {
  const values = { agree: 1, contradict: -1, unclear: 7, ...options };
  return scoresOf(values, `<think>${thought}</think><answer>1</answer>`, `<think>${thought}</think><answer>2</answer>`);
}
const states1 = [1, -1];
const states2 = [-1, 1];
const statesNothing = [7, 7];

test("stated-choice-consistency: agree 1, contradict 0 by default; the released code's values as options", () => {
  const agree = "<think>b2 red so red response 2 is better</think><answer>2</answer>";
  const contradict = "<think>b2 red so red response 2 is better</think><answer>1</answer>";
  assert.equal(scoresOf({}, agree, contradict), [1, 0]);
  assert.equal(scoresOf({ contradict: -1 }, agree, contradict), [1, -1]);
});

test("stated-choice-consistency: forms of a verdict", () => {
  assert.equal(bothAnswers("so red response 2 is better"), states2);
  assert.equal(bothAnswers("Response 1 is better than Response 2."), states1);
  assert.equal(bothAnswers("Therefore, response 2 is clearly the better one."), states2);
  assert.equal(bothAnswers("overall, Response 1 is more accurate and answer 1 is preferred"), states1);
  assert.equal(bothAnswers("I choose Response 2 over Response 1"), states2);
  assert.equal(bothAnswers("The better one:\nResponse 1."), states1);
  assert.equal(bothAnswers("**Response 2**"), states2);
  assert.equal(bothAnswers("so red response-2 is better"), states2);
  assert.equal(bothAnswers("option #1 is best"), states1);
});

test("stated-choice-consistency: the last verdict counts, and a verdict before mere mention", () => {
  assert.equal(bothAnswers("response 1 is better. no, response 2 is better"), states2);
  assert.equal(bothAnswers("response 1 is better, which I can't say of response 2"), states1);
});

test("stated-choice-consistency: what states no choice is unclear", () => {
  assert.equal(bothAnswers(""), statesNothing);
  assert.equal(bothAnswers("both are fine"), statesNothing);
  assert.equal(bothAnswers("response 1 is worse"), statesNothing);
  assert.equal(bothAnswers("response 1 is not better than the other"), statesNothing);
  assert.equal(bothAnswers("I would not choose response 1 here"), statesNothing);
  assert.equal(bothAnswers("response 12 is better"), statesNothing);
  assert.equal(bothAnswers("response 3 is better"), statesNothing);
});

test("stated-choice-consistency: what is denied in the same clause states nothing", () => {
  for (const thought of [
    "Neither response 1 nor response 2 is better",
    "I prefer neither response 1 nor response 2",
    "I don't prefer response 1",
    "I don’t think that response 1 is better",
    "I would never choose response 1",
    "response 1 is never better",
    "response 1 is neither better nor worse",
    "the better one is not response 1.",
    "I cannot say that response 1 is better",
  ])
    assert.equal(bothAnswers(thought), statesNothing, thought);
});

test("stated-choice-consistency: a denial ends with its clause", () => {
  assert.equal(bothAnswers("I don't prefer response 1, so response 2"), states2);
  assert.equal(bothAnswers("the cat is not black so response 1 is better"), states1);
  assert.equal(bothAnswers("I do not see a cat and I choose response 2"), states2);
  assert.equal(bothAnswers("response 1 is better. I would not choose response 2"), states1);
  assert.equal(bothAnswers("not only is it right, response 2 is better"), states2);
  assert.equal(bothAnswers("no b2 red so no response 2 is better"), states2);
});

test("stated-choice-consistency: without a thought or a readable answer it is unclear", () => {
  assert.equal(
    scoresOf(
      { unclear: 7 },
      "response 1 is better <answer>1</answer>",
      "<think>response 1 is better</think>",
      "<think>response 1 is better</think><answer>3</answer>",
    ),
    [7, 7, 7],
  );
});

test("stated-choice-consistency: only the end of the thought is read", () => {
  const thought = `response 1 is better ${"and so on ".repeat(40)}`;
  assert.equal(bothAnswers(thought), statesNothing);
  assert.equal(bothAnswers(thought, { window: 1000 }), states1);
});

test("stated-choice-consistency: its range, and its defaults", () => {
  const defaults = { agree: 1, contradict: 0, unclear: 0, window: 300 };
  assert.equal(statedChoiceConsistency.options.parse({}), defaults);
  const range = (options: object) => statedChoiceConsistency.range!({ ...defaults, ...options } as never);
  assert.equal(range({}), [0, 1]);
  assert.equal(range({ contradict: -1 }), [-1, 1]);
  assert.equal(range({ unclear: -2 }), [-2, 1]);
  assert.equal(range({ unclear: 3 }), [0, 3]);
  assert.equal(range({ contradict: 4, agree: -5 }), [-5, 4]);
});

test("stated-choice-consistency: unknown options and an empty window are refused", () => {
  assert.not.ok(statedChoiceConsistency.options.safeParse({ windows: 3 }).success);
  assert.not.ok(statedChoiceConsistency.options.safeParse({ window: 0 }).success);
});

test("stated-choice-consistency: a scale sets the three at once", () => {
  const responses = ["1", "2", "3"].map((answer) => `<think>response 1 is better</think><answer>${answer}</answer>`);
  assert.equal(scoresOf({ scale: "zero-one" }, ...responses), [1, 0, 0]);
  assert.equal(scoresOf({ scale: "signed" }, ...responses), [1, -1, 0]);
  const range = (options: object) => statedChoiceConsistency.range!(statedChoiceConsistency.options.parse(options));
  assert.equal(
    [range({ scale: "signed" }), range({})],
    [
      [-1, 1],
      [0, 1],
    ],
  );
});

test.run();
