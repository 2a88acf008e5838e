import { test } from "uvu";
import * as assert from "uvu/assert";
import { fakeRegistry, loadText, problemsOf, soundExperiment } from "../testing/experiment.ts";
import { advantageStep } from "../plugin/component.ts";
import { definePlugin } from "../plugin/plugin.ts";
import { z } from "zod";
import { plainCell } from "./describe.ts";
import { gridWarnings } from "./grid/confounds.ts";
import { pathSteps, unquotedPath } from "./dotted-path.ts";

type Values = { readonly [key: string]: Values };
const steps = (path: string, values: Values = {}) => pathSteps<Values>(path, values, (node, key) => node[key]);

test("dotted paths: a name in quotes is one step, whatever is there", () => {
  assert.equal(steps("a.b.c"), ["a", "b", "c"]);
  assert.equal(steps('a."b.c".d'), ["a", "b.c", "d"]);
  assert.equal(steps('"a.b"'), ["a.b"]);
  assert.equal(steps('a."b".c', { a: { "b.c": {} } }), ["a", "b", "c"]);
  assert.equal(steps('a."b'), ["a", '"b'], "a quote that isn't closed");
  assert.equal(steps("a..b"), ["a", "", "b"]);
  assert.equal(steps(""), [""]);
  assert.is(unquotedPath('a."b.c".d'), "a.b.c.d");
});

test("dotted paths: without quotes a name with dots is found where it is there, the longest first", () => {
  const values = { a: { "b.c": { d: {} }, b: { c: {} } } };
  assert.equal(steps("a.b.c.d", values), ["a", "b.c", "d"]);
  assert.equal(steps('a.b."c".d', values), ["a", "b", "c", "d"]);
  assert.equal(steps("a.b.x", values), ["a", "b", "x"]);
  assert.equal(steps("a.b.c.d.e.f", { "a.b": { c: { "d.e": {} } } }), ["a.b", "c", "d.e", "f"]);
});

const dotted = soundExperiment
  .replace(
    "rules: { right: right }, formula: right",
    "rules: { my.rule: right, other: right }, weights: { my.rule: 1, other: 0 }",
  )
  .replace("algorithm: steady", "algorithm: steady\n      advantage: [my.step, group-centre, spread]")
  .replace("prompts: 4,", "prompts: 4, samplesPerPrompt: 2,");
const step = advantageStep({
  name: "my.step",
  summary: "for tests",
  takes: "scores",
  gives: "scores",
  options: z.strictObject({ size: z.number().default(1) }),
  create: () => ({ apply: (values) => values }),
});
const registry = fakeRegistry(definePlugin({ name: "yours", api: "^1", components: [step] }));
async function rlOf(text: string, set: readonly string[]): Promise<{ reward: { weights: object }; advantage: object[] }> {
  const { cells } = await loadText(text, set, registry);
  const { stages } = plainCell("", cells.at(-1)!) as { stages: Record<string, Awaited<ReturnType<typeof rlOf>>>[] };
  return stages.find((one) => "rl" in one)!["rl"]!;
}

test("overrides: a rule and a step with dots in their names, found in the file or quoted", async () => {
  for (const path of ["stages.rl.reward.weights.my.rule", 'stages.rl.reward.weights."my.rule"']) {
    const { reward } = await rlOf(dotted, [`${path}=3`]);
    assert.equal(reward.weights, { "my.rule": 3, other: 0 }, path);
  }
  for (const path of ["stages.rl.advantage.my.step.size", 'stages.rl.advantage."my.step".size']) {
    const { advantage } = await rlOf(dotted, [`${path}=7`]);
    assert.equal(advantage[0], { use: "my.step", size: 7 }, path);
  }
  const added = ['stages.rl.reward.rules."new.rule"=right', 'stages.rl.reward.weights."new.rule"=2'];
  const { reward } = await rlOf(dotted, added);
  assert.equal(reward.weights, { "my.rule": 1, other: 0, "new.rule": 2 });
  assert.match(await problemsOf(dotted, [added[0]!.replaceAll('"', ""), added[1]!], registry), "stages.rl.reward.rules.new");
});

test("overrides: in variants too, where the same thing written in two ways is told, and is one component", async () => {
  const varied = (variant: string) => `${dotted}ablate: { baseline: {}, variants: { v: { ${variant} } } }\n`;
  const { reward } = await rlOf(varied("stages.rl.reward.weights.my.rule: 5"), []);
  assert.equal(reward.weights, { "my.rule": 5, other: 0 });
  const twice = 'stages.rl.reward.rules.my.rule: right, stages.rl.reward.rules."my.rule": right';
  assert.match(await problemsOf(varied(twice), [], registry), "one would undo the other");
  const loaded = await loadText(
    varied("stages.rl.advantage.my.step: { size: 2 }, stages.rl.advantage.my.step.size: 3"),
    [],
    registry,
  );
  assert.equal(gridWarnings(loaded), []);
});

test.run();
