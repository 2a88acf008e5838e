// What it gives, case by case.
import { probeWith } from "@rewardlab/core/testing";
import { test } from "uvu";
import * as assert from "uvu/assert";
import plugin from "./index.ts";

const probe = probeWith(plugin); // the same outcomes as `rewardlab probe`
const item = { id: "1", images: [], question: "what colour is it ?", responses: ["red", "green"], preferred: 1, answer: "red" };

test("template-name: 1 where the thought names the answer, as a word of its own", async () => {
  const responses = [
    "<think>it is Red, so</think><answer>1</answer>",
    "<think>it is reddish</think><answer>1</answer>",
    "<think>green</think><answer>2</answer> red",
    "red",
  ];
  const { scores, invalid } = await probe("reward", "template-name", { responses, items: responses.map(() => item) });
  assert.equal(scores, [1, 0, 0, 0]);
  assert.equal(invalid, [null, null, null, null]);
});

test("template-name: anywhere in the response", async () => {
  const batch = { responses: ["<think>green</think><answer>2</answer> red"], items: [item] };
  assert.equal((await probe("reward", { use: "template-name", where: "response" }, batch)).scores, [1]);
});

test("template-name: an item without an answer is invalid, not 0", async () => {
  const { answer, ...other } = item;
  const { scores, invalid } = await probe("reward", "template-name", { responses: [answer], items: [other] });
  assert.equal(scores, [null]);
  assert.equal(invalid, ["the item has no answer"]);
});
test.run();
