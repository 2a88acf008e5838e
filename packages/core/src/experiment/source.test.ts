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
  assert.match(refused("a: 1\nb: 2\na: 3\n").message, /x\.yaml:3:1: the key "a" is there twice/);
  assert.match(refused('1: x\n"1": y\n').message, /x\.yaml:2:1: the key "1" is there twice/);
});

test("source: keys are as they are written, whatever YAML would make of them", () => {
  const keys = ["1.10", "1.1", "010", "0x10", "1e3", "yes", "null", "~", "2026-11-28", "true", ".5", "+1", "<<"];
  const text = keys.map((key, index) => `${key === "<<" ? '"<<"' : key}: ${index}\n`).join("");
  assert.equal(plain(read(text)), Object.fromEntries(keys.map((key, index) => [key, index])));
  assert.match(refused("1.10: 1\n1.10: 2\n").message, /x\.yaml:2:1: the key "1\.10" is there twice/);
  assert.match(refused(": 1\n").message, /a key must be plain text/);
});

test("source: << merges maps as YAML 1.1 does, and each value knows its place", () => {
  const text =
    "a: &a { x: 1, y: 2 }\nb: &b { y: 3, z: 4 }\nc: { x: 9, <<: *a }\nd: { <<: [*a, *b], w: 5 }\ne: { <<: { x: 7 } }\n";
  assert.equal(plain(read(text)), {
    a: { x: 1, y: 2 },
    b: { y: 3, z: 4 },
    c: { x: 9, y: 2 },
    d: { w: 5, x: 1, y: 2, z: 4 },
    e: { x: 7 },
  });
  const { origin } = at(read(text), ["c", "y"])!;
  assert.equal(origin.from === "file" && text.slice(origin.start, origin.end), "2");
  assert.is(origin.from === "file" && position(text, origin.start).line, 1);
});

test("source: << puts the merged keys where it stands, in their order; one that the map says itself keeps its place", () => {
  const keys = (text: string, path = ["m"]) => {
    const map = at(read(`a: &a { x: 1, y: 2, z: 3 }\nb: &b { v: 4, x: 5 }\n${text}\n`), path)!;
    return map.type === "map" && [...map.entries].map(([key, value]) => `${key}${String(plain(value))}`).join(" ");
  };
  assert.is(keys("m: { <<: *a, w: 9 }"), "x1 y2 z3 w9");
  assert.is(keys("m: { w: 9, <<: *a }"), "w9 x1 y2 z3");
  assert.is(keys("m: { w: 9, <<: *a, u: 8 }"), "w9 x1 y2 z3 u8");
  assert.is(keys("m: { <<: *a, y: 9 }"), "x1 y9 z3"); // as js-yaml 4 and PyYAML 6 give it
  assert.is(keys("m: { y: 9, <<: *a }"), "y9 x1 z3"); // as js-yaml 4 gives it
  assert.is(keys("m: { <<: [*a, *b] }"), "x1 y2 z3 v4");
  assert.is(keys("m: { <<: [*b, *a], z: 9 }"), "v4 x5 y2 z9");
  assert.match(refused("a: &a { x: 1 }\nm: { <<: *a, x: 2, x: 3 }\n").message, /the key "x" is there twice/);
  assert.match(refused("a: &a { x: 1 }\nm: { x: 2, <<: *a, x: 3 }\n").message, /the key "x" is there twice/);
});

test("source: << of what is no map is refused at <<", () => {
  assert.match(
    refused("a: 1\nb: { <<: 3 }\n").message,
    /x\.yaml:2:6: << merges a map, or a list of maps; expected e\.g\. << : \*name/,
  );
  assert.match(refused("a: &a [1]\nb: { <<: *a }\n").message, /x\.yaml:2:6: << merges a map/);
  assert.match(refused("a: &a { x: 1 }\nb: { <<: *a, <<: *a }\n").message, /x\.yaml:2:14: << is there twice/);
  assert.match(refused("a: { <<: *b }\n").message, /alias \*b has no anchor/);
  const bomb = Array.from({ length: 9 }, (_, n) => `m${n}: &m${n} { ${n === 0 ? "x: 1" : [..."abcdefgh"].map((k) => `${k}: { <<: *m${n - 1} }`).join(", ")} }\n`); // prettier-ignore
  assert.match(refused(bomb.join("")).message, /alias bomb/);
});

test("source: a number that would become another one is refused", () => {
  for (const [text, says] of [
    ["1e-400", /x\.yaml:1:4: 1e-400 is too small for a number, and would become 0/],
    ["-0.5e-999", /too small/],
    ["1e400", /1e400 is too large for a number/],
    ["9007199254740993", /has more digits than a number holds, and would become 9007199254740992/],
    ["[1, 1e-400]", /x\.yaml:1:8: 1e-400 is too small/],
  ] as const)
    assert.match(refused(`a: ${text}\n`).message, says);
  for (const [text, value] of [
    ["0", 0],
    ["0e9", 0],
    ["-0.0", -0],
    ["5e-324", 5e-324],
    ["1.7e308", 1.7e308],
    ["9007199254740992", 2 ** 53],
    [".inf", Infinity],
    ["'1e-400'", "1e-400"],
  ] as const)
    // prettier-ignore
    assert.is(at(read(`a: ${text}\n`), ["a"])!.type === "scalar" && (plain(read(`a: ${text}\n`)) as { a: unknown }).a, value);
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
