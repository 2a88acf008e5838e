import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isUnreadable } from "../source.ts";
import { sourceOf } from "./source-of.ts";

let folder = "";
test.before.each(() => void (folder = mkdtempSync(join(tmpdir(), "rewardlab-sources-"))));
test.after.each(() => rmSync(folder, { recursive: true }));

/** Values and problems of a file's rows, with their places. */
function read(name: string, content: string | Uint8Array): unknown[] {
  const file = join(folder, name);
  writeFileSync(file, content);
  return [...sourceOf(file).rows()].map((row) => {
    const where = row.where.replace(`${folder}/`, "");
    return isUnreadable(row) ? `${where}: ${row.problem}` : [where, row.value];
  });
}
const values = (rows: unknown[]) => rows.map((row) => (Array.isArray(row) ? row[1] : row));

test("json lines: objects with file and line; what is wrong is told, and the others go on", () => {
  assert.equal(read("a.jsonl", '{"a":1}\n\n{"a":\n[1]\r\n{"a":"\u2028"}'), [
    ["a.jsonl:1", { a: 1 }],
    "a.jsonl:3: is not JSON (Unexpected end of JSON input), expected one JSON object a line",
    "a.jsonl:4: is [1], expected a JSON object",
    ["a.jsonl:5", { a: "\u2028" }],
  ]);
});

test("json array: objects with the line on which they begin", () => {
  assert.equal(read("a.json", '\uFEFF[\n {"a":"]},{[\\"", "b": [1, {"c": 2}]},\n\n {\n"a": 2}\n]\n'), [
    ["a.json:2", { a: ']},{["', b: [1, { c: 2 }] }],
    ["a.json:4", { a: 2 }],
  ]);
  assert.equal(read("a.json", " [ ] "), []);
  assert.equal(read("a.json", '{"a":1}\n{"a":2}'), [
    ["a.json:1", { a: 1 }],
    ["a.json:2", { a: 2 }],
  ]);
});

test("json array: broken off, going on, no array, no objects", () => {
  assert.equal(read("a.json", '[{"a":1},\n{"a":'), [
    ["a.json:1", { a: 1 }],
    "a.json:2: breaks off in element 2, expected a whole JSON array",
  ]);
  assert.equal(values(read("a.json", '[{"a":1}] x')), [{ a: 1 }, 'a.json:1: goes on with "x" after the end of the array']);
  assert.equal(read("a.json", '"a"'), ['a.json:1: begins with "\\"", expected a JSON array of objects']);
  assert.equal(values(read("a.json", '[1,{"a":1},,{"b":}]')), [
    "a.json:1: is 1, expected a JSON object",
    { a: 1 },
    "a.json:1: an element is missing between two commas",
    'a.json:1: is not JSON (Unexpected token \'}\', "{"b":}" is not valid JSON), expected a JSON object',
  ]);
  assert.equal(read("a.json", ""), ["a.json: is empty, expected rows"]);
});

test("numbers that a double doesn't hold are texts of their digits, so that no two ids become one", () => {
  const content =
    '{"id": 9007199254740993, "b": "9007199254740993, 1", "c": -12345678901234567890, "d": 9007199254740991, "e": 1e21}';
  const expected = { id: "9007199254740993", b: "9007199254740993, 1", c: "-12345678901234567890", d: 9007199254740991, e: 1e21 };
  assert.equal(values(read("a.jsonl", content)), [expected]);
  assert.equal(values(read("a.json", `[${content}]`)), [expected]);
});

test("what JSON takes and loses is told", () => {
  assert.equal(read("a.jsonl", '{"a":1,"a":2}\n{"a":"\\ud83d"}'), [
    'a.jsonl:1: the key "a" is there twice; expected each key once',
    "a.jsonl:2: \\ud83d is half a character, expected its other half beside it",
  ]);
  assert.match(String(read("a.jsonl", Buffer.from('{"a":1}', "utf16le"))[0]), /a\.jsonl:1: is UTF-16, expected UTF-8/);
});

test("files that aren't there, are folders, or end in something else", () => {
  const problems = (name: string) => [...sourceOf(join(folder, name)).rows()].map((row) => ("problem" in row ? row.problem : ""));
  for (const suffix of ["jsonl", "json", "parquet", "NDJSON"]) assert.equal(problems(`none.${suffix}`), ["no such file"]);
  assert.throws(
    () => sourceOf("a.csv"),
    /a\.csv: can't be read as rows, expected a file that ends in \.jsonl, \.ndjson, \.json, \.parquet/,
  );
});

test("any objects, written as lines or as an array, of any length, are read as JSON.parse reads them", () => {
  const objects = fc.array(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ stringUnit: "binary" })), {
    maxLength: 4,
  });
  const long = fc.nat(3).map((size) => "x".repeat(size * 100_000));
  fc.assert(
    fc.property(objects, long, fc.constantFrom(undefined, 1, "\t"), (plain, filler, space) => {
      const rows = plain.map((object) => ({ ...object, filler }));
      const back = JSON.parse(JSON.stringify(rows)) as unknown[];
      const isHalf = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|\0/.test(JSON.stringify(rows));
      fc.pre(!isHalf);
      assert.equal(values(read("a.json", JSON.stringify(rows, null, space))), back);
      assert.equal(values(read("a.jsonl", rows.map((object) => JSON.stringify(object)).join("\n") || " ")), back);
    }),
    { seed: 1, numRuns: 20 },
  );
});

test.run();
