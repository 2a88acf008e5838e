import { test } from "uvu";
import * as assert from "uvu/assert";
import type { PreferenceItem, Preferred } from "@rewardlab/core";
import { preferenceAccuracy } from "./preference-accuracy.ts";

function scoresOf(preferred: Preferred, ...responses: string[]) {
  const rule = preferenceAccuracy.create(preferenceAccuracy.options.parse({}) as never, {} as never);
  const item: PreferenceItem = { id: "a", images: [], question: "which ?", responses: ["yes", "no"], preferred };
  return rule.score({ responses, items: responses.map(() => item) });
}

test("preference-accuracy: the answer against the label", () => {
  assert.equal(scoresOf(1, "<think>a</think><answer>1</answer>", "<think>a</think><answer>2</answer>"), [1, 0]);
  assert.equal(scoresOf(2, "<think>a</think><answer>1</answer>", "<think>a</think><answer>2</answer>"), [0, 1]);
});

test("preference-accuracy: white space and a missing thought don't matter, the format rule looks at those", () => {
  assert.equal(scoresOf(2, "<answer>\n 2 </answer>", "so <answer>2</answer> then"), [1, 1]);
});

test("preference-accuracy: each response is held against its own item", () => {
  const rule = preferenceAccuracy.create({} as never, {} as never);
  const item = { id: "a", images: [], question: "", responses: ["", ""] as const };
  const items: PreferenceItem[] = [
    { ...item, preferred: 2 },
    { ...item, preferred: 1 },
  ];
  assert.equal(rule.score({ responses: ["<answer>1</answer>", "<answer>1</answer>"], items }), [0, 1]);
});

test("preference-accuracy: no readable answer is the policy's failure, 0", () => {
  assert.equal(
    scoresOf(
      1,
      "",
      "1",
      "<answer>1",
      "<answer></answer>",
      "<answer>one</answer>",
      "<answer>1.</answer>",
      "<answer>1</answer><answer>2</answer>",
    ),
    [0, 0, 0, 0, 0, 0, 0],
  );
});

test("preference-accuracy: of a tie, tie is the right answer, and of no other item", () => {
  const answers = ["tie", "1", "2"].map((answer) => `<think>so</think><answer>${answer}</answer>`);
  assert.equal(scoresOf("tie", ...answers), [1, 0, 0]);
  assert.equal(scoresOf(1, ...answers), [0, 1, 0]);
});

test.run();
