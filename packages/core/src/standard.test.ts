import { test } from "uvu";
import * as assert from "uvu/assert";
import { readdirSync } from "node:fs";
import { standardComponents } from "./standard.ts";
import { createPart } from "./testing/tensors.ts";

// stages are tested on their own
const components = standardComponents.filter(({ kind }) => kind !== "stage");
const required: Record<string, object> = {
  "optimizer adamw": { learningRate: 1e-3 },
  "optimizer sgd": { learningRate: 1e-3 },
  "schedule linear-warmup": { steps: 1 },
  "surrogate cispo": { high: 4 },
  "surrogate two-sided-clip": { cap: 3 },
  "surrogate formula": { expression: "-ratio * A" },
  "advantage clip": { low: -1, high: 1 },
};

test("standard components: every file of components/<kind>/ is one, under its own name", () => {
  const files = readdirSync(new URL("components/", import.meta.url)).flatMap((kind) =>
    readdirSync(new URL(`components/${kind}/`, import.meta.url))
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
      .map((file) => `${kind} ${file.slice(0, -".ts".length)}`),
  );
  const names = components.map(({ kind, name }) => `${kind} ${name}`);
  assert.is(files.length, 39);
  assert.equal(names.toSorted(), files.toSorted());
});

test("standard components: options are strict, described, and have defaults but where sources disagree", () => {
  for (const component of components) {
    const { kind, name, options, summary } = component;
    const given = required[`${kind} ${name}`] ?? {};
    assert.ok(createPart(component, given).part, `${kind} ${name}`);
    assert.not(options.safeParse({ ...given, unheardOf: 1 }).success, `${kind} ${name} takes unknown options`);
    const { shape } = (options as unknown as { def: { shape: Record<string, { description?: string }> } }).def;
    for (const [option, schema] of Object.entries(shape))
      assert.ok(schema.description, `${kind} ${name}: ${option} has no description`);
    assert.ok(summary.length > 0);
  }
});

test("standard components: what the advantage steps take and give", () => {
  const steps = components.flatMap((one) => (one.kind === "advantage" ? [[one.name, one.takes, one.gives]] : []));
  assert.equal(steps, [
    ["score-clip", "scores", "scores"],
    ["kl-penalty", "scores", "scores"],
    ["group-centre", "scores", "scores"],
    ["group-normalise", "scores", "scores"],
    ["batch-normalise", "scores", "scores"],
    ["leave-one-out", "scores", "scores"],
    ["discounted-return", "scores", "tokens"],
    ["gae", "scores", "tokens"],
    ["spread", "scores", "tokens"],
    ["spread-with-kl", "scores", "tokens"],
    ["whiten", "tokens", "tokens"],
    ["clip", "tokens", "tokens"],
  ]);
});

test.run();
