import { test } from "uvu";
import * as assert from "uvu/assert";
import { repetitionPenalty } from "./repetition-penalty.ts";

function scoresOf(options: object, ...responses: string[]) {
  const rule = repetitionPenalty.create(repetitionPenalty.options.parse(options) as never, {} as never);
  return rule.score({ responses, items: [] }) as readonly number[];
}

test("repetition-penalty: minus the share of n-grams that repeat", () => {
  // a b c, b c a, c a b, a b c: 3 of 4 are distinct
  assert.equal(scoresOf({}, "a b c a b c"), [-0.25]);
  // a a a, 4 times: 1 of 4
  assert.equal(scoresOf({}, "a a a a a a"), [-0.75]);
  // TRL's own example, with words for its token ids: pairs 5 5, 4 times
  assert.equal(scoresOf({ ngram: 2 }, "1 2 3 4", "5 5 5 5 5"), [0, -0.75]);
  // single words: a, b, a, b: 2 of 4
  assert.equal(scoresOf({ ngram: 1, maxPenalty: 4 }, "a b a b"), [-2]);
});

test("repetition-penalty: nothing repeated, or too short to repeat: 0, and not −0", () => {
  for (const score of scoresOf({}, "", "a a", "a b c", "a b c d e", "<think>one two</think>")) assert.ok(Object.is(score, 0));
  assert.ok(Object.is(scoresOf({ maxPenalty: 0 }, "a a a a a")[0], 0));
});

test("repetition-penalty: case and white space don't matter, words do", () => {
  assert.equal(scoresOf({}, "The cat sat\n\nthe  CAT sat"), [-0.25]);
  assert.equal(scoresOf({ ngram: 2 }, "ab c", "a bc"), [0, 0]);
  // x y, y x, x y: 2 of 3
  assert.equal(scoresOf({ ngram: 2 }, "x y x y"), [-(1 - 2 / 3)]);
});

test("repetition-penalty: scripts without spaces repeat by the character", () => {
  // 我爱你, 爱你我, 你我爱, 我爱你: 3 of 4
  assert.equal(scoresOf({}, "我爱你我爱你"), [-0.25]);
});

test("repetition-penalty: its range, and its defaults", () => {
  assert.equal(repetitionPenalty.range!({ ngram: 3, maxPenalty: 2.5 } as never), [-2.5, 0]);
  assert.equal(repetitionPenalty.options.parse({}), { ngram: 3, maxPenalty: 1 });
  assert.equal(repetitionPenalty.options.parse({ ngram: 1, maxPenalty: 0 }), { ngram: 1, maxPenalty: 0 });
});

test("repetition-penalty: options out of range are refused", () => {
  for (const options of [{ ngram: 0 }, { ngram: 1.5 }, { maxPenalty: -1 }, { n: 3 }])
    assert.not.ok(repetitionPenalty.options.safeParse(options).success, JSON.stringify(options));
});

test.run();
