import { test } from "uvu";
import * as assert from "uvu/assert";
import { filled, templateProblem } from "./template.ts";

test("template: names are replaced, once; what a value holds stays, $ too", () => {
  assert.is(filled("{{a}} and {{ b }}, {{a}}", { a: "{{b}}", b: "$&" }), "{{b}} and $&, {{b}}");
  assert.is(filled("{{toString}} {a}", { a: "x" }), "{{toString}} {a}");
});

test("template: unknown and missing names are told", () => {
  assert.is(templateProblem("{{a}}", ["a", "b"]), null);
  assert.is(templateProblem("{{c}}", ["a", "b"]), "{{c}} stands for nothing, expected any of {{a}}, {{b}}");
  assert.match(templateProblem("{{b}}", ["a", "b"], ["a"])!, /^\{\{a\}\} isn't in it/);
});

test.run();
