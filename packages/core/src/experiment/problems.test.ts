import { test } from "uvu";
import * as assert from "uvu/assert";
import { ExperimentError, placeOf } from "./problems.ts";
import { suggestion } from "../plugin/suggestion.ts";
import type { Problem } from "./problems.ts";

const text = "a: one\n\tb: two\nc: 'x + y'\nd: |\n  x + y\n";
const source = { file: "f.yaml", text };
const at = (word: string, more: Partial<Problem> = {}): Problem => {
  const start = text.indexOf(word);
  return { path: "p", message: "wrong", origin: { from: "file", start, end: start + word.length }, ...more };
};
const report = (...problems: Problem[]) => new ExperimentError(source, problems).message;

test("report: file, line, column, the line, carets under the value", () => {
  assert.is(report(at("one")), "f.yaml: 1 problem\n\nf.yaml:1:4: p: wrong\n  1 | a: one\n    |    ^^^");
});

test("report: a tab before the caret stays a tab", () => {
  assert.match(report(at("two")), /f\.yaml:2:5: p: wrong\n {2}2 \| \tb: two\n {4}\| \t {3}\^\^\^$/);
});

test("report: at the key where the key is wrong", () => {
  const problem = at("one", { atKey: true });
  assert.match(
    report({ ...problem, origin: { ...problem.origin!, keyStart: 0, keyEnd: 1 } as Problem["origin"] }),
    /1:1: .*\n.*\n {4}\| \^$/,
  );
});

test("report: a place within a text value, quotes counted; a block's place is its beginning", () => {
  assert.match(report(at("'x + y'", { offset: 4 })), /f\.yaml:3:9:/);
  assert.match(report({ ...at("|\n"), offset: 4 }), /f\.yaml:4:4:/);
});

test("report: in the order of the file, each once, what has no place last", () => {
  const lines = report({ path: "z", message: "nowhere" }, at("two"), at("one"), at("two"))
    .split("\n")
    .filter((line) => line.startsWith("f.yaml"));
  assert.equal(lines, ["f.yaml: 3 problems", "f.yaml:1:4: p: wrong", "f.yaml:2:5: p: wrong", "f.yaml: z: nowhere"]);
});

test("report: flags and presets are named", () => {
  assert.match(report(at("one", { origin: { from: "flag", text: "--set a=1" } })), /\n--set a=1: p: wrong/);
  assert.match(report(at("one", { origin: { from: "preset", name: "steady (plain)" } })), /\npreset steady \(plain\): p: wrong/);
});

test("report: very long lines and very many problems are cut", () => {
  const long = { file: "f.yaml", text: `${"x".repeat(5000)}y${"z".repeat(5000)}` };
  const { message } = new ExperimentError(long, [
    { path: "", message: "here", origin: { from: "file", start: 5000, end: 5001 } },
  ]);
  assert.match(message, /f\.yaml:1:5001: here\n {2}1 \| x{100}yz{100}\n {4}\| {101}\^$/);
  const many = Array.from({ length: 60 }, (_, index): Problem => ({ path: "", message: `number ${index}` }));
  assert.match(report(...many), /60 problems[^]*number 49\n\n… and 10 more$/);
});

test("place: line and column, for `check --json`", () => {
  assert.equal(placeOf(source, at("two")), { line: 2, column: 5 });
  assert.is(placeOf(source, { path: "", message: "" }), undefined);
});

test("suggestion: a near name, or all there are", () => {
  assert.is(suggestion("modle", ["data", "model"]), ' Did you mean "model"?');
  assert.is(suggestion("Whiten", ["clip", "whiten"]), ' Did you mean "whiten"?');
  assert.is(suggestion("something else", ["clip", "whiten"]), " There are: clip, whiten.");
  assert.is(suggestion("x", []), "");
});

test.run();
