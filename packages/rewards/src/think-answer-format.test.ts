import { test } from "uvu";
import * as assert from "uvu/assert";
import { thinkAnswerFormat } from "./think-answer-format.ts";

function scoresOf(...responses: string[]) {
  const rule = thinkAnswerFormat.create(thinkAnswerFormat.options.parse({}) as never, {} as never);
  return rule.score({ responses, items: [] });
}

test("think-answer-format: the form itself, with anything between the tags", () => {
  assert.equal(
    scoresOf(
      "<think>a</think><answer>1</answer>",
      "<think></think><answer></answer>",
      "<think>two\nlines, 1 < 2</think><answer>\nno number\n</answer>",
      "<think>a</think><answer>1</answer>\n", // Python's $ matches before a last line break
    ),
    [1, 1, 1, 1],
  );
});

test("think-answer-format: anything missing, doubled, added or out of order", () => {
  assert.equal(
    scoresOf(
      "",
      "1",
      "<think>a</think>",
      "<answer>1</answer>",
      "<answer>1</answer><think>a</think>",
      "<think>a</think> <answer>1</answer>",
      " <think>a</think><answer>1</answer>",
      "<think>a</think><answer>1</answer> so",
      "<think>a</think><answer>1</answer>\n\n",
      "<think>a<think>b</think><answer>1</answer>",
      "<think>a</think><answer>1</answer><answer>1</answer>",
      "<think>a</think>b</think><answer>1</answer>",
      "<think>a</think><answer>1",
      "<THINK>a</THINK><ANSWER>1</ANSWER>",
    ),
    Array(14).fill(0),
  );
});

test("think-answer-format: takes no options", () => {
  assert.not.ok(thinkAnswerFormat.options.safeParse({ strict: true }).success);
});

test.run();
