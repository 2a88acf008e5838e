import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { PreferenceItem, Preferred } from "@rewardlab/core";
import { preferenceAccuracy } from "./preference-accuracy.ts";

const { rows, source } = JSON.parse(readFileSync(new URL("fixtures/r1-reward-accuracy.json", import.meta.url), "utf8")) as {
  source: string;
  rows: { response: string; preferred: Preferred; accuracy: number }[];
};
const item: PreferenceItem = { id: "a", images: [], question: "which ?", responses: ["yes", "no"], preferred: 1 };
const scores = (options: object, given: typeof rows) =>
  preferenceAccuracy.create(preferenceAccuracy.options.parse(options), {}).score({
    responses: given.map(({ response }) => response),
    items: given.map(({ preferred }) => ({ ...item, preferred })),
  }) as number[];

test(`preference-accuracy: official-code gives what the release does (${source})`, () => {
  assert.is(rows.length, 207);
  assert.equal(
    scores({ variant: "official-code" }, rows).flatMap((score, row) =>
      score === rows[row]!.accuracy ? [] : [{ ...rows[row], score }],
    ),
    [],
  );
});

test("preference-accuracy: the strict reading is right less often, and never where the release is wrong", () => {
  const strict = scores({}, rows);
  assert.ok(strict.every((score, row) => score <= rows[row]!.accuracy || rows[row]!.response.includes("<think><answer>")));
  assert.is(strict.filter((score) => score === 1).length, 6); // 1, 2 twice with white space around, tie, and the answer after a thought with another
});

test("preference-accuracy: unread is what an answer gets that can't be read, and no other", () => {
  const answers = ["<answer>1</answer>", "<answer>2</answer>", "<answer>#</answer>", "<answer></answer>", "no"];
  const given = answers.map((response) => ({ response, preferred: 1 as const, accuracy: 0 }));
  assert.equal(scores({ unread: 1 }, given), [1, 0, 1, 1, 1]);
  assert.equal(scores({ unread: 1, variant: "official-code" }, given), [1, 0, 1, 1, 0]); // "no" is a word: another answer than 1
});

test.run();
