import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { lossInJson } from "./json-loss.ts";

const twice = (key: string, offset: number) => ({
  offset,
  message: `the key ${JSON.stringify(key)} is there twice; expected each key once`,
});

test("lossInJson: a key twice: which, and where the second one stands", () => {
  assert.equal(lossInJson('{"a":1,"b":2,"a":3}'), twice("a", 13));
  assert.equal(lossInJson('{"x": [{"a": 1}, {"b": {"c": 1, "c": 1}}]}'), twice("c", 32));
  assert.equal(lossInJson('{"a":1,"\\u0061":2}'), twice("a", 7));
  assert.equal(lossInJson('{"__proto__":1,"__proto__":2}'), twice("__proto__", 15));
});

test("lossInJson: the same key in other objects, as a value, in a text", () => {
  for (const text of [
    '{"a":{"a":1},"b":["a","a"],"c":"\\"a\\":1,\\"a\\":2"}',
    '[{"a":1},{"a":1}]',
    '{"a":"a","b":"a"}',
    "[]",
    '"a"',
    "3",
  ])
    assert.is(lossInJson(text), null, text);
});

test("lossInJson: numbers that a double doesn't hold, outside of texts", () => {
  assert.equal(lossInJson("[1, -1e400]"), { offset: 4, message: "-1e400 is too large for a number, at most 1.8e308" });
  assert.equal(lossInJson('{"a": {"b": 1e-400}}'), {
    offset: 12,
    message: "1e-400 is too small for a number, and would become 0",
  });
  assert.is(lossInJson("9007199254740993")!.offset, 0);
  assert.is(lossInJson('["1e400", "x 1e-400", -0, 0.1, 1e21]'), null);
});

test("lossInJson: half a character, in a key as well; whole ones however they are written", () => {
  assert.equal(lossInJson('["\\ud83d"]'), {
    offset: 1,
    message: "\\ud83d is half a character, expected its other half beside it",
  });
  assert.is(lossInJson('{"a": "x\\udc00\\ud800y"}')!.offset, 6);
  assert.is(lossInJson('{"\\ud800": 1}')!.offset, 1);
  assert.is(lossInJson('["\\ud83d\\ude00", "😀", "\\\\ud83d"]'), null);
});

test("lossInJson: texts of millions of escapes, of quotes and of backslashes", () => {
  for (const long of ['"'.repeat(4e6), "\\".repeat(4e6), "\u0001".repeat(1e6)])
    assert.is(lossInJson(JSON.stringify({ a: long, b: [1e21, long] })), null);
});

test("lossInJson: nothing of what JSON.stringify writes; and a key that is put in a second time is found", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ stringUnit: "binary" }), { minKeys: 1 }), (value) => {
      const text = JSON.stringify(value);
      assert.is(lossInJson(text), null);
      const [first] = Object.keys(value);
      assert.equal(lossInJson(`${text.slice(0, -1)},${JSON.stringify(first)}:0}`), twice(first!, text.length));
    }),
    { seed: 1, numRuns: 300 },
  );
});

test.run();
