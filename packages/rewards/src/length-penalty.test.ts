import { test } from "uvu";
import * as assert from "uvu/assert";
import { lengthPenalty } from "./length-penalty.ts";

function scoresOf(options: object, ...responses: string[]) {
  const rule = lengthPenalty.create(lengthPenalty.options.parse(options) as never, {} as never);
  return rule.score({ responses, items: [] });
}
const words = (count: number) => Array.from({ length: count }, () => "so").join(" ");

test("length-penalty: nothing, then a slope, then the whole of it", () => {
  // limit 100, buffer 20: 0 up to 80; 90: −10/20; 100: −1; beyond: −1 (TRL's example: 90 → −0.5)
  const lengths = [0, 1, 80, 81, 90, 100, 101, 500];
  assert.equal(scoresOf({ limit: 100, buffer: 20 }, ...lengths.map(words)), [0, 0, 0, -0.05, -0.5, -1, -1, -1]);
  assert.equal(scoresOf({ limit: 100, buffer: 20, factor: 0.5 }, words(90)), [-0.25]);
});

test("length-penalty: without a buffer, a step; the limit itself is allowed", () => {
  assert.equal(scoresOf({ limit: 3 }, words(3), words(4)), [0, -1]);
});

test("length-penalty: the buffer may be the whole limit", () => {
  assert.equal(scoresOf({ limit: 4, buffer: 4 }, "", words(1), words(4)), [0, -0.25, -1]);
});

test("length-penalty: characters are code points", () => {
  assert.equal(scoresOf({ limit: 4, buffer: 2, unit: "characters" }, "abc", "𠀀𠀁𠀂", "ab", "abcde"), [-0.5, -0.5, 0, -1]);
});

test("length-penalty: its range, and its defaults", () => {
  assert.equal(lengthPenalty.range!({ limit: 3, buffer: 0, factor: 2.5, unit: "words" } as never), [-2.5, 0]);
  assert.equal(lengthPenalty.options.parse({ limit: 3 }), { limit: 3, buffer: 0, factor: 1, unit: "words" });
  assert.equal(lengthPenalty.options.parse({ limit: 3, buffer: 0, factor: 0 }), {
    limit: 3,
    buffer: 0,
    factor: 0,
    unit: "words",
  });
});

test("length-penalty: what makes no sense is refused", () => {
  for (const options of [{}, { limit: 0 }, { limit: 3, buffer: 4 }, { limit: 3, factor: -1 }, { limit: 3, unit: "tokens" }])
    assert.not.ok(lengthPenalty.options.safeParse(options).success, JSON.stringify(options));
});

test.run();
