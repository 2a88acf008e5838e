import { test } from "uvu";
import * as assert from "uvu/assert";
import { verdictIn } from "./index.ts";

const cases: readonly (readonly [words: string, verdict: 1 | 2 | null])[] = [
  ["<think>2 is worse</think><answer>1</answer>", 1],
  ["<answer>\n 2 </answer> then <answer>1</answer>", 2],
  ["<answer>Response 1</answer>", null], // R1-Reward's scripts: 2
  ["<answer>both</answer> 1", null],
  ["I prefer [[B]]", 2],
  ["[[A]] … not [[B]]", 1],
  ['{"reasoning": "…", "better_response": "A"}', 1],
  ["**Overall Judgment**: Answer 2 is slightly better.", 2],
  ["Therefore,\nAnswer 1 is better", 1],
  ["Overall Judgment: Answer 3 is better", null],
  ["The first has 2 errors, so it is 1", 1],
  ["Response 1 has 12 errors", 1],
  ["scores 1.5 and 2.5", null],
  ["", null],
];
for (const [words, verdict] of cases)
  test(`verdict: ${JSON.stringify(words)} says ${verdict ?? "nothing"}`, () => assert.is(verdictIn(words), verdict));

test.run();
