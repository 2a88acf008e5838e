import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { repeatedKey } from "./json-keys.ts";

test("a key twice: which, and where the second one stands", () => {
  assert.equal(repeatedKey('{"a":1,"b":2,"a":3}'), { key: "a", offset: 13 });
  assert.equal(repeatedKey('{"x": [{"a": 1}, {"b": {"c": 1, "c": 1}}]}'), { key: "c", offset: 32 });
  assert.equal(repeatedKey('{"a":1,"\\u0061":2}'), { key: "a", offset: 7 });
  assert.equal(repeatedKey('{"__proto__":1,"__proto__":2}'), { key: "__proto__", offset: 15 });
});

test("none: the same key in other objects, as a value, in a text", () => {
  for (const text of [
    '{"a":{"a":1},"b":["a","a"],"c":"\\"a\\":1,\\"a\\":2"}',
    '[{"a":1},{"a":1}]',
    '{"a":"a","b":"a"}',
    "[]",
    '"a"',
    "3",
  ])
    assert.is(repeatedKey(text), null, text);
});

test("whatever JSON.stringify writes has none, and one that is put in is found", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), (value) => {
      const text = JSON.stringify(value);
      assert.is(repeatedKey(text), null);
      const [first] = Object.keys(value);
      const twice = `${text.slice(0, -1)},${JSON.stringify(first)}:0}`;
      assert.equal(repeatedKey(twice), { key: first, offset: text.length });
    }),
    { seed: 1, numRuns: 300 },
  );
});

test.run();
