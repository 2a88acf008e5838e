import { ExperimentError, loadExperiment, plainCell } from "@rewardlab/core/host";
import type { Experiment } from "@rewardlab/core/host";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { registryFor } from "./plugins.ts";

const test = suite("plugins", { folder: "" });
test.before.each((context) => void (context.folder = mkdtempSync(join(tmpdir(), "rewardlab-test-"))));
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

const experiment = (plugins: readonly string[], rl: string) => `name: x
plugins: ${JSON.stringify(plugins)}
model: tiny-vlm
data: scenes
stages:
  - rl:
      use: rl
      iterations: 2
      rollout: { prompts: 2, samplesPerPrompt: 2, maxNewTokens: 8 }
      optimizer: { use: adamw, learningRate: 1e-3 }
      ${rl}
`;

const rl = (algorithm: string) =>
  `algorithm: ${algorithm}\n      reward: { rules: { accuracy: preference-accuracy }, formula: accuracy }`;

function load(folder: string, text: string): Promise<Experiment> {
  write(folder, { "experiment.yaml": text });
  return loadExperiment(join(folder, "experiment.yaml"), { registryFor });
}

async function report(folder: string, plugins: readonly string[]): Promise<string> {
  const error = await load(folder, experiment(plugins, "algorithm: stable-reinforce")).catch((reason: unknown) => reason);
  assert.instance(error, ExperimentError);
  return (error as ExperimentError).message;
}

/** A package of plain JavaScript, which imports nothing: its schema is the least that zod's own would be asked for. */
const packageOf = (name: string, source: string, manifest: object = { main: "index.js" }) => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({ name, version: "1.2.3", type: "module", ...manifest }),
  [`node_modules/${name}/index.js`]: source,
});
const methodOf = (pluginName: string, method: string, api = "^1") =>
  `export default { name: "${pluginName}", api: "${api}", algorithms: [{ name: "${method}", summary: "for tests", source: "", presets: { only: {
    reward: { rules: { a: "preference-accuracy" }, formula: "a" }, advantage: ["discounted-return"], loss: { ratio: "token", surrogate: "clip", aggregate: "token-mean" } } } }] };`;

const speltOut: Readonly<Record<string, string>> = {
  "{ use: stable-reinforce, variant: paper }": `
      reward:
        rules: { format: think-answer-format, accuracy: preference-accuracy, consistency: stated-choice-consistency }
        formula: accuracy * (1 + 0.5 * consistency) + 0.5 * format
      kl: { use: k1, in: reward, coefficient: 1e-3 }
      advantage:
        - { use: score-clip, low: -10, high: 10 }
        - discounted-return
        - { use: whiten, variance: biased, epsilon: 1e-8, epsilonIn: floor }
        - { use: three-sigma-filter, sigmas: 3, rule: paper }
      loss: { ratio: { use: pre-clip, low: 1e-3, high: 1e3 }, surrogate: { use: clip, low: 0.2, high: 0.2 }, aggregate: sequence-mean }`,
};
for (const [algorithm, composition] of Object.entries(speltOut))
  test(`algorithm: ${algorithm} and the composition spelt out are one experiment`, async ({ folder }) => {
    const named = await load(folder, experiment([], `algorithm: ${algorithm}`));
    const spelt = await load(folder, experiment([], composition));
    assert.equal(plainCell("x", named.cells[0]!), plainCell("x", spelt.cells[0]!));
    const byDefault = await load(folder, experiment([], "algorithm: stable-reinforce"));
    assert.equal(plainCell("x", named.cells[0]!), plainCell("x", byDefault.cells[0]!));
  });

test("every preset of every built-in algorithm is an experiment", async ({ folder }) => {
  const registry = await registryFor([], folder);
  let count = 0;
  for (const name of registry.names("algorithm"))
    for (const variant of Object.keys(registry.algorithm(name)!.presets)) {
      const own =
        (registry.algorithm(name)!.presets[variant]!.reward as { rules?: unknown } | undefined)?.rules === undefined
          ? "reward: { rules: { right: preference-accuracy }, formula: right }"
          : "";
      await load(folder, experiment([], `algorithm: { use: ${name}, variant: ${variant} }\n      ${own}`));
      count += 1;
    }
  assert.ok(count >= 6, `${count} presets`);
});

test("a stranger's plugin is found from the experiment's folder, whatever its package looks like", async ({ folder }) => {
  write(folder, {
    ...packageOf("plain", methodOf("plain", "first")),
    ...packageOf("@you/scoped", methodOf("@you/scoped", "second"), { exports: "./index.js" }),
    ...packageOf("import-only", methodOf("import-only", "third"), {
      exports: { ".": { types: "./index.d.ts", import: "./index.js" } },
    }),
    ...packageOf("common", `module.exports = ${methodOf("common", "fourth").replace("export default ", "")}`, {
      type: "commonjs",
    }),
  });
  const names = ["plain", "@you/scoped", "import-only", "common"];
  const { registry } = await load(folder, experiment(names, "algorithm: third"));
  assert.equal(
    ["first", "second", "third", "fourth"].map((method) => registry.ownerOf("algorithm", method)),
    names,
  );
  for (const { plugin, version, integrity } of registry.plugins.slice(-4)) {
    assert.is(version, "1.2.3", plugin.name);
    assert.match(integrity!, /^[0-9a-f]{64}$/);
  }
});

test("a plugin given as a file: its own folder's package, or no such file", async ({ folder }) => {
  write(folder, { "package.json": '{ "version": "4.5.6", "type": "module" }', "local.js": methodOf("local", "own") });
  const { plugin, version } = (await registryFor(["./local.js"], folder)).plugins.at(-1)!;
  assert.equal([plugin.name, version], ["local", "4.5.6"]);
  const message = await report(folder, ["./lokal.js"]);
  assert.match(message, /plugins\[0\]: there is no file .*\/lokal\.js\. Did you mean "local\.js"\?$/m);
  assert.not.match(message, /npm install/);
});

test("built-in packages may be listed; names of an object's own things are no packages", async ({ folder }) => {
  await load(folder, experiment(["@rewardlab/algo-stablereinforce", "@rewardlab/rewards"], "algorithm: stable-reinforce"));
  assert.match(await report(folder, ["toString"]), /plugins\[0\]: is not installed/);
});

test("what is wrong with the plugins listed: all at once, each with its place", async ({ folder }) => {
  write(folder, {
    ...packageOf("throws", "throw new Error('no luck');"),
    ...packageOf("needs", 'import "not-there"; export default {};'),
    ...packageOf("nothing", "export const x = 1;"),
    ...packageOf("old", methodOf("old", "m", "^0.1")),
    ...packageOf("broken", "export default {"),
  });
  const message = await report(folder, ["missing", "throws", "needs", "nothing", "old", "broken", "@rewardlab/rewards"]);
  const lines = message.split("\n").filter((line) => line.includes("experiment.yaml:2:"));
  assert.is(lines.length, 6, message);
  assert.match(lines[0]!, /:2:11: plugins\[0\]: is not installed where it is looked for\. In .*: npm install missing$/);
  assert.match(lines[1]!, /:2:21: plugins\[1\]: fails to load: no luck \(.*throws\/index\.js:1:7\)$/);
  assert.match(lines[2]!, /plugins\[2\]: fails to load from .*Cannot find package 'not-there'/);
  assert.match(lines[3]!, /plugins\[3\]: .*nothing\/index\.js has no default export \(it exports x\), expected `export default/);
  assert.match(lines[4]!, /plugins\[4\]: was written for plugin interface "\^0\.1", this RewardLab speaks 1\./);
  assert.match(lines[5]!, /plugins\[5\]: .*broken\/index\.js:1:17: Unexpected token$/);
});

test("a name that is taken: both packages named", async ({ folder }) => {
  write(folder, { ...packageOf("twice", methodOf("twice", "stable-reinforce")) });
  assert.match(
    await report(folder, ["twice"]),
    /:2:11: plugins\[0\]: brings algorithm "stable-reinforce", which @rewardlab\/algo-stablereinforce has brought already/,
  );
});

test("plugins: every variant of every built-in algorithm is a sound preset of the rl stage, and says where it comes from", async ({
  folder,
}) => {
  const registry = await registryFor([], folder);
  const names = registry.names("algorithm");
  assert.ok(names.length >= 9);
  for (const name of names) {
    const { presets, sources } = registry.algorithm(name)!;
    assert.equal(Object.keys(sources ?? {}).toSorted(), Object.keys(presets).toSorted(), name);
    for (const variant of Object.keys(presets)) {
      const { stages } = plainCell(
        "x",
        (await load(folder, experiment([], rl(`{ use: ${name}, variant: ${variant} }`)))).cells[0]!,
      );
      const resolved = (stages as { rl: Record<string, unknown> }[])[0]!.rl;
      assert.ok(resolved.loss && resolved.advantage, `${name} (${variant})`);
    }
  }
});

test.run();
