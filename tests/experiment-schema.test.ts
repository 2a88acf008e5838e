// The JSON Schema that editors are given takes whatever the loader takes, and refuses what it refuses by name or type.

import { registryFor } from "@rewardlab/cli";
import { definePlugin, reward } from "@rewardlab/core";
import { buildRegistry, experimentJsonSchema, loadExperiment, plainCell, sketchExperiment } from "@rewardlab/core/host";
import type { JsonSchema } from "@rewardlab/core/host";
import { Ajv } from "ajv";
import type { ValidateFunction } from "ajv";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { rewardlab } from "./command.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const filesOf = (pattern: string) =>
  execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", pattern], { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter((path) => path !== "");
const shipped = filesOf("*.yaml").filter(
  (path) => /^(experiments|examples|benchmarks)\//.test(path) && /^stages:/m.test(read(path)),
);

const builtIns = await registryFor([], root);
const anyExperiment = validator(experimentJsonSchema(builtIns));

function validator(schema: JsonSchema): ValidateFunction {
  return new Ajv({ strict: false, allErrors: true, inlineRefs: false }).compile(schema);
}

/** Where something is wrong, "/stages/0/rl/iteratons": the place, and the key where that is what is wrong. Alternatives that don't fit are left out. */
function wrongPlaces(validate: ValidateFunction, value: unknown): string[] {
  validate(value);
  const errors = (validate.errors ?? []).filter(({ keyword }) => !["anyOf", "if"].includes(keyword));
  return [
    ...new Set(
      errors.map(({ instancePath, params }) =>
        params.additionalProperty === undefined ? instancePath : `${instancePath}/${params.additionalProperty as string}`,
      ),
    ),
  ];
}

const valueOf = (text: string): unknown => parse(text, { merge: true, uniqueKeys: false });

/** A short experiment with these lines in its rl stage, and after it. */
function experiment(stage: string, more = ""): string {
  const options = stage.split("\n").map((line) => `      ${line}\n`);
  return `name: short\nmodel: tiny-vlm\ndata: { use: scenes }\nstages:\n  - coldStart: { use: sft }\n  - rl:\n      use: rl\n      algorithm: grpo\n${options.join("")}${more}\n`;
}

test("schema: takes every experiment that is shipped, and each of its cells spelt out", async () => {
  assert.ok(shipped.length >= 6, shipped.join(", "));
  for (const path of shipped) {
    const { registry, stages } = await sketchExperiment(join(root, path), { registryFor });
    const own = validator(experimentJsonSchema(registry, stages));
    assert.equal(wrongPlaces(own, valueOf(read(path))), [], path);
    if (!path.startsWith("examples/")) assert.equal(wrongPlaces(anyExperiment, valueOf(read(path))), [], path);
    const { cells } = await loadExperiment(join(root, path), { registryFor });
    for (const cell of cells) assert.equal(wrongPlaces(own, plainCell("spelt", cell)), [], `${path}: ${cell.name}`);
  }
});

test("schema: takes each algorithm's presets, as they are written and spelt out", async () => {
  const folder = mkdtempSync(join(root, "experiments", ".schema-"));
  try {
    for (const name of builtIns.names("algorithm"))
      for (const [variant, preset] of Object.entries(builtIns.algorithm(name)!.presets)) {
        const text = experiment("iterations: 1\nrollout: { prompts: 2, samplesPerPrompt: 2, maxNewTokens: 4 }").replace(
          "algorithm: grpo",
          `algorithm: { use: "${name}", variant: ${variant} }\n      optimizer: { use: sgd, learningRate: 1 }\n      reward: { rules: { accuracy: exact-match }, formula: accuracy }`,
        );
        assert.equal(wrongPlaces(anyExperiment, valueOf(text)), [], name);
        const written = valueOf(experiment("iterations: 1")) as { stages: { rl?: object }[] };
        written.stages[1]!.rl = { use: "rl", ...preset };
        assert.equal(wrongPlaces(anyExperiment, written), [], `${name} ${variant}`);
        writeFileSync(
          join(folder, "a.yaml"),
          text.replace(
            "{ use: sft }",
            "{ use: sft, optimizer: { use: sgd, learningRate: 1 }, phases: [{ steps: 1, batch: 1 }] }",
          ),
        );
        const { cells } = await loadExperiment(join(folder, "a.yaml"), { registryFor });
        assert.equal(wrongPlaces(anyExperiment, plainCell("a", cells[0]!)), [], `${name} ${variant}`);
      }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const documents = [...filesOf("README.md"), ...filesOf("docs/*.md"), ...filesOf(":(glob)packages/*/README.md")];

test("schema: takes what README and guides show of experiments", () => {
  let count = 0;
  for (const path of documents)
    for (const [, text] of read(path).matchAll(/^```yaml\n([^]*?)^```/gm)) {
      count++;
      assert.equal(wrongPlaces(anyExperiment, wholeOf(valueOf(text!))), [], `${path}:\n${text}`);
    }
  assert.ok(count > 12, `${count}`);
});

/** The experiment that a fragment stands for: keys of the top, overrides by path, stages, or options of the rl stage. */
function wholeOf(fragment: unknown): unknown {
  const base = valueOf(experiment("iterations: 1")) as { stages: object[] };
  if (Array.isArray(fragment)) return { ...base, stages: fragment };
  const keys = Object.keys(fragment as object);
  if (keys.every((key) => key.includes("."))) return { ...base, ablate: { variants: { shown: fragment } } };
  if (keys.some((key) => ["ablate", "grid", "zip", "seeds", "compare", "stages", "data", "services", "plugins"].includes(key)))
    return { ...base, ...(fragment as object) };
  return { ...base, stages: [{ rl: { use: "rl", ...(fragment as object) } }] };
}

/** Each is one that the loader takes. */
const taken: readonly [string, string?][] = [
  ["advantage: whiten"],
  ["advantage: { use: whiten, variance: unbiased }"],
  ["advantage: [discounted-return, { use: whiten }]"],
  ["advantage: { without: [whiten, clip], after: { whiten#2: [clip, { use: clip, low: -1 }] } }"],
  ["advantage: { whiten#1: { epsilon: 1e-4 }, insteadOf: { clip: whiten } }"],
  ["kl: { coefficient: 0.1 }"],
  ["kl: null"],
  ["schedule: { warmup: 3 }"],
  ["loss: { ratio: { use: token } }", "seeds: { coldStart: 2, rl: [1, 5] }"],
  ["iterations: 3", "seeds: [4, 7]\nablate: { baseline: null, variants: { 1.10: null, yes: {} }, compare: rl.score }"],
  [
    "iterations: 3",
    "ablate: { leaveOneOut: { a: { stages.rl.loss.ratio: token }, b: { stages.rl: { iterations: 2 } } }, factorial: true }",
  ],
  ["iterations: 3", "grid: { stages.rl.iterations: [1, 2 * 3], stages.rl.loss.ratio: { a: token, b: { use: clamped } } }"],
  ["iterations: 3", "zip: { model.width: 'linspace(16, 64, 4)', stages.rl.advantage: [{}, { without: whiten }] }"],
  ["iterations: 3", "grid: { stages.rl.reward.rules.a.limit: '1:3', stages.coldStart.seed: [1, 2], model: [tiny-vlm] }"],
];

test("schema: takes every way of writing a slot, a chain, seeds, overrides and axes", () => {
  for (const [stage, more] of taken) assert.equal(wrongPlaces(anyExperiment, valueOf(experiment(stage, more))), [], stage + more);
});

/** Each with the place that is wrong. */
const refused: readonly [string, string, string?][] = [
  ["iteratons: 3", "/stages/1/rl/iteratons"],
  ["iterations: many", "/stages/1/rl/iterations"],
  ["iterations: 0", "/stages/1/rl/iterations"],
  ["algorithm: grop", "/stages/1/rl/algorithm"],
  ["algorithm: { use: grpo, variant: papr }", "/stages/1/rl/algorithm/variant"],
  ["loss: { ratio: tokn }", "/stages/1/rl/loss/ratio"],
  ["loss: { ratio: { use: tokn } }", "/stages/1/rl/loss/ratio/use"],
  ["loss: { ratio: { use: clamped, limt: 3 } }", "/stages/1/rl/loss/ratio/limt"],
  ["loss: { ratio: { use: token, limit: 3 } }", "/stages/1/rl/loss/ratio/limit"], // another ratio's
  ["loss: { ratio: { limt: 3 } }", "/stages/1/rl/loss/ratio/limt"],
  ["loss: { ratio: [token] }", "/stages/1/rl/loss/ratio"],
  ["advantage: [whiten, whitn]", "/stages/1/rl/advantage/1"],
  ["advantage: [{ use: whiten, epsiln: 1 }]", "/stages/1/rl/advantage/0/epsiln"],
  ["advantage: { without: whitn }", "/stages/1/rl/advantage/without"],
  ["advantage: { whiten: { epsiln: 1 } }", "/stages/1/rl/advantage/whiten/epsiln"],
  ["kl: { use: k1, in: rewrd }", "/stages/1/rl/kl/in"],
  ["kl: { use: k1, coeficient: 1 }", "/stages/1/rl/kl/coeficient"],
  ["reward: { rules: { a: math-eqal } }", "/stages/1/rl/reward/rules/a"],
  ["iterations: 3", "/sedes", "sedes: 3"],
  ["iterations: 3", "/seeds", "seeds: three"],
  ["iterations: 3", "/ablate/variant", "ablate: { variant: {} }"],
  ["iterations: 3", "/ablate/variants/a/stages.rl.los.ratio", "ablate: { variants: { a: { stages.rl.los.ratio: token } } }"],
  ["iterations: 3", "/ablate/variants/a/stages.rl.loss.ratio", "ablate: { variants: { a: { stages.rl.loss.ratio: tokn } } }"],
  ["iterations: 3", "/grid/stages.rl.loss.ratio/1", "grid: { stages.rl.loss.ratio: [token, tokn] }"],
  ["iterations: 3", "/grid/stages.rl.loss.ratio", "grid: { stages.rl.loss.ratio: token }"],
  ["iterations: 3", "/engine", "engine: wsam"],
];

test("schema: refuses unknown keys, names, options and wrong types, at their place", () => {
  for (const [stage, place, more] of refused) {
    const places = wrongPlaces(anyExperiment, valueOf(experiment(stage, more)));
    assert.ok(places.includes(place), `${stage} ${more ?? ""}: ${places.join(", ")}`);
  }
});

test("schema: of one experiment, overrides, seeds and metrics name its stages alone", () => {
  const stages = [
    { name: "first", use: "rl", measures: [] },
    { name: "last", use: "evaluate", measures: ["accuracy"] },
  ];
  const own = validator(experimentJsonSchema(builtIns, stages));
  const base = "name: a\nstages: [{ first: rl }]\n";
  const places = (more: string) => wrongPlaces(own, valueOf(base + more));
  assert.equal(places("grid: { stages.first.iterations: [1] }\nseeds: { last: 2 }\ncompare: last.accuracy"), []);
  assert.equal(places("grid: { stages.frst.iterations: [1] }"), ["/grid/stages.frst.iterations"]);
  assert.equal(places("seeds: { lats: 2 }"), ["/seeds", "/seeds/lats"]);
  assert.equal(places("compare: lats.accuracy"), ["/compare"]);
});

test("schema: options of another library's schema are open, and a plugin without an entry in a kind leaves the kind as it is", () => {
  const options = { "~standard": { version: 1 as const, vendor: "own", validate: (value: unknown) => ({ value }) } };
  const plugin = definePlugin({
    name: "own",
    api: "^1",
    components: [reward({ name: "open", summary: "takes anything", options, create: () => ({ score: () => [] }) })],
  });
  const registry = buildRegistry([...builtIns.plugins, { plugin, version: "1", integrity: null }]);
  const own = validator(experimentJsonSchema(registry));
  const of = (rule: string) => valueOf(experiment(`reward: { rules: { a: ${rule} } }`));
  assert.equal(wrongPlaces(own, of("{ use: open, whatever: [1] }")), []);
  assert.equal(wrongPlaces(own, of("{ use: exact-match, whatever: 1 }")), ["/stages/1/rl/reward/rules/a/whatever"]);
  assert.ok(validator(experimentJsonSchema(buildRegistry([])))({ name: "a", stages: [] }) === false);
});

test("rewardlab schema: prints the schema, or writes it and says how an editor finds it", async () => {
  const folder = mkdtempSync(join(root, "experiments", ".schema-"));
  try {
    const file = join(folder, "a.yaml");
    writeFileSync(file, experiment("iteratons: 3", "seeds: many")); // it may be wrong: it is being written
    const printed = await rewardlab(folder, "schema", "a.yaml");
    assert.is(printed.code, 0, printed.stderr);
    const written = await rewardlab(folder, "schema", "a.yaml", "--out", "schemas/a.json");
    assert.match(written.stdout, "# yaml-language-server: $schema=schemas/a.json");
    assert.is(readFileSync(join(folder, "schemas/a.json"), "utf8"), printed.stdout);
    assert.match(printed.stdout, "stages.coldStart.optimizer");
    const missing = await rewardlab(folder, "schema", "b.yaml");
    assert.is(missing.code, 2);
    assert.match(missing.stderr, "b.yaml: can't be read");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
