import { test } from "uvu";
import * as assert from "uvu/assert";
import { ExperimentError, position } from "./problems.ts";
import { parseSource } from "./source.ts";
import { at, plain } from "./tree.ts";

const read = (text: string) => parseSource({ file: "x.yaml", text });

function refused(text: string): ExperimentError {
  try {
    read(text);
  } catch (error) {
    assert.instance(error, ExperimentError);
    return error as ExperimentError;
  }
  return assert.unreachable(`accepted: ${text.slice(0, 80)}`) as never;
}

test("source: every node knows where it stands", () => {
  const text = "name: x\nmodel:\n  use: tiny\n  widths: [1, 22]\n";
  const tree = read(text);
  const place = (path: (string | number)[]) => {
    const { origin } = at(tree, path)!;
    assert.is(origin.from, "file");
    const { line, column } = position(text, (origin as { start: number }).start);
    return `${line}:${column}`;
  };
  assert.is(place(["name"]), "1:7");
  assert.is(place(["model", "use"]), "3:8");
  assert.is(place(["model", "widths", 1]), "4:15");
});

test("source: anchors and aliases are values; of two anchors with one name, the nearer before counts", () => {
  assert.equal(plain(read("a: &x { b: 1 }\nc: *x\nd: &x 2\ne: *x\n")), { a: { b: 1 }, c: { b: 1 }, d: 2, e: 2 });
  assert.match(refused("a: *nowhere").message, /x\.yaml:1:4: alias \*nowhere has no anchor/);
  assert.match(refused("a: *later\nb: &later 1").message, /alias \*later/);
});

test("source: an alias bomb is refused, quickly", () => {
  const levels = "bcdefghij".split("");
  const bomb = [
    "a: &a [0,0,0,0,0,0,0,0,0,0]",
    ...levels.map((name, index) => `${name}: &${name} [${Array(10).fill(`*${"abcdefghij"[index]}`).join(",")}]`),
  ];
  const started = performance.now();
  assert.match(refused(bomb.join("\n")).message, /alias bomb/);
  assert.ok(performance.now() - started < 5000);
});

test("source: very many aliases of one anchor take no time squared", () => {
  const started = performance.now();
  assert.is((plain(read(`a: &a 1\nb: [${"*a,".repeat(20_000)}]`)) as { b: number[] }).b.length, 20_000);
  assert.ok(performance.now() - started < 10_000, "yaml's own resolve walks the document for each alias: minutes");
});

test("source: an alias within its own anchor is refused", () => {
  assert.match(refused("a: &a [*a]").message, /alias bomb/);
  assert.match(refused("a: &a { b: *a }").message, /alias bomb/);
});

test("source: empty, only comments, several documents", () => {
  assert.match(refused("").message, /x\.yaml: the file is empty/);
  assert.match(refused("# nothing\n\n").message, /the file is empty/);
  assert.match(refused("a: 1\n---\nb: 2\n").message, /x\.yaml:2:1: not valid YAML.*multiple documents/);
});

test("source: what is not YAML, with its place", () => {
  assert.match(refused("a: [1, 2\nb: 3").message, /x\.yaml:2:\d+: not valid YAML/);
  assert.match(refused("a: 1\n\tb: 2\n").message, /x\.yaml:2:1: not valid YAML: Tabs are not allowed/);
  assert.match(refused("a: !!js/function x").message, /x\.yaml:1:4: not valid YAML: Unresolved tag/);
  assert.match(refused("? [a, b]\n: 1").message, /a key must be plain text/);
});

test("source: keys given twice", () => {
  assert.match(refused("a: 1\nb: 2\na: 3\n").message, /x\.yaml:3:1: not valid YAML: Map keys must be unique/);
  assert.match(refused('1: x\n"1": y\n').message, /x\.yaml:2:1: the key "1" is there twice/);
});

test("source: depth and size are bounded, and the report stays short", () => {
  const deep = refused("[".repeat(50_000)).message;
  assert.match(deep, /nested too deeply/);
  assert.ok(deep.length < 20_000, `${deep.length} characters`);
  assert.match(refused(`a: ${"x".repeat(2_000_001)}`).message, /2000004 characters, at most 2000000/);
});

test("source: __proto__ and constructor are ordinary keys", () => {
  const value = plain(read("__proto__: { polluted: 1 }\nconstructor: 2\n")) as object;
  assert.equal(Object.keys(value), ["__proto__", "constructor"]);
  assert.is(({} as { polluted?: number }).polluted, undefined);
});

test("position: first and last character, a file that begins with a line break", () => {
  assert.equal(position("\nab", 0), { line: 1, column: 1, content: "" });
  assert.equal(position("a\r\nbc", 4), { line: 2, column: 2, content: "bc" });
  assert.equal(position("ab", 99), { line: 1, column: 3, content: "ab" });
});

test.run();
