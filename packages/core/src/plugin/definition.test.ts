import { test } from "uvu";
import * as assert from "uvu/assert";
import { z } from "zod";
import { createResolver } from "../experiment/resolve.ts";
import { treeOf } from "../experiment/tree.ts";
import { Metrics } from "../services/metrics.ts";
import { Random } from "../services/random.ts";
import { token } from "../services/token.ts";
import { fixedJudge } from "../testing/judge.ts";
import { advantageStep, ratio, reward, stage } from "./component.ts";
import type { Component } from "./component.ts";
import { definitionProblems } from "./definition.ts";
import { definePlugin } from "./plugin.ts";
import { buildRegistry } from "./registry.ts";
import { slot } from "./slots.ts";

const rule = reward({
  name: "length",
  summary: "how long it is",
  options: z.strictObject({ limits: z.strictObject({ low: z.number().default(1) }).prefault({}) }),
  create: () => ({ score: () => [] }),
});
const step = advantageStep({
  name: "step",
  summary: "nothing",
  takes: "scores",
  gives: "tokens",
  options: z.strictObject({}),
  create: () => ({ apply: (values) => values }),
});
const problemsOf = (component: Component, changed: object) =>
  definitionProblems({ name: "x", api: "^1", components: [{ ...component, ...changed }] });

/** What a component with something changed is told. */
const told = (component: Component, changed: object, expected: RegExp) =>
  assert.match(problemsOf(component, changed).join("\n"), expected);

test("definitions: those that are sound", () => {
  assert.equal(definitionProblems({ name: "x", api: "^1", components: [rule, step], services: [fixedJudge("kind")] }), []);
  for (const name of ["a", "reinforce++", "k1", "math-equal", "a.b-2"]) assert.equal(problemsOf(rule, { name }), [], name);
});

test("definitions: kind, name, summary, version, create", () => {
  told(rule, { kind: "sampl" }, /component "length": its kind is "sampl"\. Did you mean "sampler"\?/);
  told(rule, { name: "Three Sigma" }, /its name is "Three Sigma", expected lower-case .* e\.g\. three-sigma$/);
  told(rule, { name: "threeSigma" }, /e\.g\. three-sigma$/);
  for (const name of ["a/b", "", "-a", "a--b", "a b", "Ä", undefined, 3]) told(rule, { name }, /expected lower-case letters/);
  for (const summary of ["", " ", undefined, "two\nlines", "x".repeat(121)])
    told(rule, { summary }, /its summary is .*expected one line of up to 120/);
  for (const version of [0, -1, 1.5, "1", NaN]) told(rule, { version }, /its version is .*expected a whole number from 1 on/);
  told(rule, { create: null }, /its create is null, expected a function/);
});

test("definitions: what only some kinds have", () => {
  told(step, { takes: "score" }, /advantage "step": its takes is "score", expected scores or tokens\. Did you mean "scores"\?/);
  told(step, { gives: "nonsense" }, /its gives is "nonsense", expected scores or tokens\.$/);
  told(step, { takes: "tokens", gives: "scores" }, /a chain goes from scores to tokens/);
  const own = stage({
    name: "own",
    summary: "for tests",
    keeps: "run",
    options: z.strictObject({}),
    create: () => ({ run: async () => ({ status: "done" }) }),
  });
  told(own, { keeps: "runs" }, /its keeps is "runs", expected artefact or run\. Did you mean "run"\?/);
});

test("definitions: what is injected are tokens, and pure parts keep no state", () => {
  told(rule, { inject: { metrics: "Metrics" } }, /inject: metrics is "Metrics", expected a token/);
  told(rule, { inject: null }, /its inject is null, expected \{ name: Token \}/);
  const pure = ratio({
    name: "r",
    summary: "for tests",
    options: z.strictObject({}),
    inject: { state: token("State") },
    create: () => ({ apply: ({ logProbs }) => logProbs }),
  });
  told(pure, {}, /ratio "r": inject: State is given, and a ratio is pure/);
  const kinds = ["ratio", "surrogate", "aggregate", "kl", "optimizer", "schedule", "model", "dataset", "engine"] as const;
  for (const kind of kinds) told(pure, { kind }, new RegExp(`${kind} "r": inject: State is given, and a ${kind} is pure`));
  assert.equal(problemsOf(step, { inject: { state: token("State"), metrics: Metrics } }), []);
});

test("definitions: a check that reads an option that isn't there", () => {
  const reading = (...reads: string[]) => ({ checks: [{ reads, find: () => [] }] });
  told(rule, reading("limit.low"), /checks: one reads "limit\.low", and its options have no "limit"\. Did you mean "limits"\?/);
  told(rule, reading("limits.lwo"), /no "lwo"\. Did you mean "low"\?/);
  assert.equal(problemsOf(rule, reading("limits.low", "limits")), []);
  const options = z.strictObject({
    any: z.record(z.string(), z.number()),
    part: slot("kl").describe("a slot's own options are its component's"),
  });
  assert.equal(problemsOf(rule, { options, ...reading("any.key", "part.own.coefficient") }), []);
});

test("definitions: services", () => {
  const problems = (changed: object) =>
    definitionProblems({ name: "x", api: "^1", services: [{ ...fixedJudge("kind"), ...changed }] }).join("\n");
  assert.match(problems({ token: "judge" }), /service "kind": its token is "judge", expected what token\("name"\) returns/);
  assert.match(problems({ scope: "forever" }), /service judge "kind": its scope is "forever", expected process or run/);
  assert.match(
    problems({ token: Metrics }),
    /Metrics can't be replaced: metrics\.jsonl and the report are made of what it counts/,
  );
  assert.match(problems({ inject: { random: Random } }), /inject: Random is given, and it belongs to a component of a stage/);
  assert.match(problems({ dispose: 1 }), /its dispose is 1, expected a function/);
});

/** Options by a library that only follows the standard: `n` is a number, 2 by default. */
function standard(validate: (value: unknown) => unknown = numberN) {
  return {
    "~standard": {
      version: 1 as const,
      vendor: "tiny",
      validate: validate as (value: unknown) => { value: { n: number } },
      types: undefined as { input: unknown; output: { n: number } } | undefined,
    },
  };
}
function numberN(value: unknown) {
  const { n = 2, ...others } = value as { n?: unknown };
  const unknown = Object.keys(others).map((key) => ({ message: `unknown ${key}`, path: [{ key }] }));
  const issues = typeof n === "number" ? unknown : [{ message: "n is no number", path: ["n"] }, ...unknown];
  return issues.length > 0 ? { issues } : { value: { n } };
}

test("options: any library's schema checks, and what it makes of them reaches create", () => {
  const resolve = (written: object, options = standard()) => {
    const counting = reward({ name: "counting", summary: "for tests", options, create: ({ n }) => ({ score: () => [n] }) });
    const plugin = definePlugin({ name: "x", api: "^1", components: [counting] });
    const resolver = createResolver(buildRegistry([{ plugin, version: "1", integrity: null }]));
    const resolved = resolver.slot("reward", treeOf({ use: "counting", ...written }, { from: "flag", text: "test" }), "rule");
    return resolved?.options ?? resolver.problems.map(({ path, message }) => `${path}: ${message}`);
  };
  assert.equal([resolve({}), resolve({ n: 3 })], [{ n: 2 }, { n: 3 }]);
  assert.equal(resolve({ n: "x", m: 1 }), ['rule.n: n is no number (given: "x")', "rule.m: unknown m (given: 1)"]);
  assert.equal(
    resolve(
      {},
      standard(async () => ({})),
    ),
    ["rule: its schema checks asynchronously, which options can't"],
  );
});

test("options: no schema, or one of zod 3, and what to do", () => {
  told(rule, { options: { n: 1 } }, /its options are an object that is no schema; expected a schema of zod 4 .* "~standard"/);
  const zod3 = { _def: {}, safeParse: () => {}, "~standard": { version: 1, vendor: "zod", validate: () => {} } };
  told(rule, { options: zod3 }, /its options are a schema of zod 3; expected one of zod 4 \(npm install zod@4\)/);
});

test("a plugin made with another version of core is refused; one made with a copy of the same is known by its brands", () => {
  const brand = Object.getOwnPropertySymbols(definePlugin({ name: "x", api: "^1" }))[0]!;
  const own = (definePlugin({ name: "x", api: "^1" }) as never as Record<symbol, { version: string }>)[brand]!;
  const registered = (copy: object) => () =>
    buildRegistry([
      { plugin: { name: "x", api: "^1", components: [rule], [brand]: copy } as never, version: "1", integrity: null },
    ]);
  assert.throws(
    registered({ version: "9.9.9", folder: "/elsewhere" }),
    /plugin x: was made with @rewardlab\/core 9\.9\.9 \(\/elsewhere\), and this is .*npm dedupe.*peerDependencies/,
  );
  registered({ version: own.version, folder: "/elsewhere" })();
});

test.run();
