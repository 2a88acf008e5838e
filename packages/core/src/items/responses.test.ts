import { test } from "uvu";
import * as assert from "uvu/assert";
import { readAnswer, readThought, responseText, withoutThoughts } from "./responses.ts";

test("responses: what responseText writes, the readers read", () => {
  const response = responseText("a1 red so red response 2 is better", 2);
  assert.is(response, "<think>a1 red so red response 2 is better</think><answer>2</answer>");
  assert.is(readThought(response), "a1 red so red response 2 is better");
  assert.is(readAnswer(response), "2");
});

test("responses: white space around and line breaks inside", () => {
  assert.is(readThought("<think>\none\ntwo\n</think>"), "one\ntwo");
  assert.is(readAnswer("<answer>\n 1 </answer>"), "1");
  assert.is(readAnswer("<answer></answer>"), "");
});

test("responses: null where a tag is missing or out of order", () => {
  assert.is(readThought("no tags"), null);
  assert.is(readThought("<think>never closed"), null);
  assert.is(readThought("</think><think>"), null);
  assert.is(readAnswer("<answer>1"), null);
  assert.is(readAnswer("1</answer>"), null);
});

test("responses: two answers are no answer", () => {
  assert.is(readAnswer("<answer>1</answer><answer>2</answer>"), null);
  assert.is(readAnswer("<answer>1</answer><answer>1</answer>"), null);
});

test("responses: an answer in a thought is none, also where the thought never closes", () => {
  assert.is(readAnswer("<think><answer>1</answer>"), null);
  assert.is(readAnswer("<think><answer>1</answer></think>"), null);
  assert.is(readAnswer("<think><answer>1</answer></think><answer>2</answer>"), "2");
});

test("responses: without thoughts, nested ones and those that the prompt opened too", () => {
  assert.is(withoutThoughts("a<think>b</think>c"), "ac");
  assert.is(withoutThoughts("a<think>b<think>c</think>d</think>e"), "ae");
  assert.is(withoutThoughts("a<think>b<think>c</think>d"), "a");
  assert.is(withoutThoughts("a</think>b"), "b");
  assert.is(withoutThoughts("a<think>b</think>c</think>d"), "d");
});

test.run();
