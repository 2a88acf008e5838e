import { test } from "uvu";
import * as assert from "uvu/assert";
import type { PreferenceItem } from "@rewardlab/core";
import { exactMatch } from "./exact-match.ts";

function scoreOf(expected: string | undefined, response: string, options: object = {}) {
  const rule = exactMatch.create(exactMatch.options.parse(options) as never, {} as never);
  const item: PreferenceItem = { id: "a", images: [], question: "", responses: ["", ""], preferred: 1 };
  const [score] = rule.score({
    responses: [response],
    items: [expected === undefined ? item : { ...item, answer: expected }],
  }) as never[];
  return score as unknown;
}

test("exact-match: the answer against the item's", () => {
  assert.is(scoreOf("red", "<think>a</think><answer>red</answer>"), 1);
  assert.is(scoreOf("red", "<think>a</think><answer>blue</answer>"), 0);
  assert.is(scoreOf("red", "<answer>reddish</answer>"), 0);
});

test("exact-match: white space and case as the options say", () => {
  assert.is(scoreOf(" New  York", "<answer>\nnew york </answer>"), 1);
  assert.is(scoreOf("New York", "<answer>new york</answer>", { ignoreCase: false }), 0);
  assert.is(scoreOf("1000", "<answer>1 000</answer>"), 0);
  assert.is(scoreOf("1000", "<answer>1 000</answer>", { ignoreSpace: true }), 1);
  assert.is(scoreOf("café", "<answer>CAFE\u0301</answer>"), 1);
});

test("exact-match: no readable answer is the policy's failure, 0", () => {
  for (const response of ["", "red", "<answer>red", "<answer></answer>", "<answer>red</answer><answer>red</answer>"])
    assert.is(scoreOf("red", response), 0, response);
});

test("exact-match: an item without an answer can't tell", () => {
  assert.equal(scoreOf(undefined, "<answer>red</answer>"), { invalid: "the item has no answer to compare with" });
  assert.equal(scoreOf(undefined, "no answer either"), { invalid: "the item has no answer to compare with" });
});

test("exact-match: null is no answer, a number is one", () => {
  assert.equal(scoreOf(null as never, "<answer>null</answer>"), { invalid: "the item has no answer to compare with" });
  assert.is(scoreOf(7 as never, "<answer>7</answer>"), 1);
  assert.equal(exactMatch.options.parse({}), { ignoreCase: true, ignoreSpace: false });
});

test("exact-match: an empty answer is one", () => {
  assert.is(scoreOf("", "<answer> </answer>"), 1);
});

test.run();
