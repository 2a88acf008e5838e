import { test } from "uvu";
import * as assert from "uvu/assert";
import { answerProbability } from "./answer-probability.ts";
import { answerIn } from "./responses.ts";

/** Each id is a piece of text. */
const pieces = ["<think>", "x", "</think>", "<answer>", "1", "2", "</answer>", "1</answer>", " ", "t", "ie", "wer>"];
const tokenizer = { decode: (ids: readonly number[]) => ids.map((id) => pieces[id]!).join("") };
const probability = (ids: number[], ...probabilities: number[]) =>
  answerProbability(tokenizer, { ids, logProbs: probabilities.map(Math.log) });
const near = (actual: number | null, expected: number) =>
  assert.ok(actual !== null && Math.abs(actual - expected) < 1e-12, `${actual}, expected ${expected}`);

test("answer probability: of the answer's token, whatever the thought's were", () => {
  near(probability([0, 1, 2, 3, 4, 6], 0.1, 0.2, 0.3, 0.9, 0.75, 1), 0.75);
  // a 1 in the thought isn't the answer
  near(probability([0, 4, 2, 3, 5, 6], 0.1, 0.2, 0.3, 0.9, 0.6, 1), 0.6);
});

test("answer probability: of several tokens the product; blanks around the answer don't count", () => {
  near(probability([3, 9, 10, 6], 1, 0.5, 0.4, 0.1), 0.5 * 0.4);
  near(probability([3, 8, 4, 8, 6], 1, 0.1, 0.7, 0.2, 0.3), 0.7);
});

test("answer probability: a token that spells more than the answer counts whole", () => {
  near(probability([3, 7], 0.9, 0.35), 0.35);
});

test("answer probability: none where there is no answer", () => {
  for (const ids of [[], [0, 4, 2], [3, 4], [3, 6], [3, 8, 6], [3, 4, 6, 3, 5, 6], [0, 3, 4, 6]])
    assert.is(probability(ids, ...ids.map(() => 0.5)), null, `${ids}`);
});

test("answer: where it stands, thoughts before, between and around", () => {
  const placed = (text: string) => {
    const found = answerIn(text);
    return found && [found.answer, text.slice(found.start, found.end)];
  };
  assert.equal(placed("<think>a</think><answer> 12 </answer>"), ["12", "12"]);
  assert.equal(placed("a</think><answer>tie</answer> b"), ["tie", "tie"]);
  assert.equal(placed("<think>a<think>b</think></think>c<answer>2</answer><think>d</think>"), ["2", "2"]);
  // a thought within the answer is taken out of it, and lies between its ends
  assert.equal(placed("<answer>1<think>x</think>2</answer>"), ["12", "1<think>x</think>2"]);
});

test.run();
