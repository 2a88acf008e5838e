// Two copies of core, or of TensorFlow.js, in one tree, as npm installs them where a plugin depends on what it should only name as a peer: of the same version
// they work together, of another one the plugin is refused by name, with both versions and what to do.

import { cpSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { rewardlab, temporaryFolder } from "./command.ts";

const test = suite("copies", { folder: "" });
test.before.each((context) => void (context.folder = temporaryFolder()));
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }));

const core = fileURLToPath(new URL("../packages/core", import.meta.url));
const tensors = realpathSync(dirname(createRequire(join(core, "package.json")).resolve("@tensorflow/tfjs-core/package.json")));

/** A copy of a package, with the packages that it needs linked beside it, and another version if one is given. */
function copyOf(folder: string, name: string, from: string, version?: string): void {
  const to = join(folder, "node_modules", name);
  mkdirSync(to, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(from, "package.json"), "utf8")) as { version: string };
  writeFileSync(join(to, "package.json"), JSON.stringify({ ...manifest, ...(version === undefined ? {} : { version }) }));
  if (name === "@rewardlab/core") {
    cpSync(join(from, "src"), join(to, "src"), { recursive: true });
    link(join(from, "node_modules"), join(to, "node_modules"));
    return;
  }
  mkdirSync(join(to, "dist"));
  cpSync(join(from, "dist/tf-core.node.js"), join(to, "dist/tf-core.node.js"));
  const needed = join(from, "../..");
  for (const one of readdirSync(needed))
    if (!one.startsWith("@") && !one.startsWith(".")) link(join(needed, one), join(folder, "node_modules", one));
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path, "junction");
}

/** A step whose slots, state, metrics and tensors all come from the copies; on the tape, a surrogate. */
const plugin = `import { advantageStep, definePlugin, InputError, Metrics, slot, State, surrogate } from "@rewardlab/core";
import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
const halved = advantageStep({
  name: "halved", summary: "half of what another step gives", takes: "scores", gives: "scores",
  options: z.strictObject({ of: slot("advantage") }),
  inject: { metrics: Metrics, state: State },
  metrics: { seen: { title: "Seen", unit: "count", of: "iterations", meaning: "iterations so far" } },
  create: ({ of }, { metrics, state }) => {
    const count = state.value("count", 0);
    return { apply: (values, batch) => {
      count.set(count.get() + 1);
      metrics.sum("seen", count.get());
      if (!(values instanceof tf.Tensor)) throw new InputError("RL_TEST", "no tensor of this copy's");
      return tf.tidy(() => tf.mul(of.apply(values, batch), 0.5));
    } };
  },
});
const squared = surrogate({
  name: "squared", summary: "with a gradient by this copy's ops", options: z.strictObject({}),
  create: () => ({ apply: ({ ratio, advantages }) => tf.tidy(() => tf.neg(tf.mul(tf.square(ratio), advantages))) }),
});
export default definePlugin({ name: "apart", api: "^1", components: [halved, squared] });
`;

function prepare(folder: string, copies: { readonly core?: string | true; readonly tensors?: string | true }): void {
  const versionOf = (given: string | true) => (given === true ? undefined : given);
  const own = join(folder, "node_modules", "apart");
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, "package.json"), '{ "name": "apart", "version": "1.0.0", "type": "module", "main": "index.js" }');
  writeFileSync(join(own, "index.js"), plugin);
  link(realpathSync(join(core, "node_modules/zod")), join(folder, "node_modules/zod"));
  if (copies.core === undefined) link(core, join(folder, "node_modules/@rewardlab/core"));
  else copyOf(folder, "@rewardlab/core", core, versionOf(copies.core));
  if (copies.tensors === undefined) link(tensors, join(folder, "node_modules/@tensorflow/tfjs-core"));
  else copyOf(folder, "@tensorflow/tfjs-core", tensors, versionOf(copies.tensors));
  writeFileSync(
    join(folder, "small.yaml"),
    `name: small
plugins: [apart]
engine: cpu
model: { use: tiny-vlm, width: 16, layers: 1, hiddenSize: 16 }
data: { use: scenes, train: 8, test: 4 }
stages:
  - rl:
      use: rl
      algorithm: grpo
      iterations: 2
      rollout: { prompts: 2, samplesPerPrompt: 2, maxNewTokens: 4 }
      reward: { rules: { length: { use: length-penalty, limit: 4, buffer: 2 } }, formula: length }
      advantage: [{ use: halved, of: group-centre }, spread]
      loss: { surrogate: squared }
      optimizer: { use: sgd, learningRate: 0.1 }
`,
  );
}

test("of the same version both copies work, to the same numbers as one", async ({ folder }) => {
  const linesWith = async (copies: Parameters<typeof prepare>[1]) => {
    const own = join(folder, JSON.stringify(Object.keys(copies)));
    mkdirSync(own);
    prepare(own, copies);
    const { code, stderr } = await rewardlab(own, "run", "small.yaml");
    assert.is(code, 0, stderr);
    return readFileSync(join(own, "runs/small/main/seed-1/metrics.jsonl"), "utf8");
  };
  const expected = await linesWith({});
  assert.match(expected, /"seen":2/);
  assert.is(await linesWith({ core: true, tensors: true }), expected);
});

test("another core is refused by name, with both versions, before anything runs", async ({ folder }) => {
  prepare(folder, { core: "0.9.9" });
  const { code, stderr } = await rewardlab(folder, "check", "small.yaml");
  assert.is(code, 2, stderr);
  assert.match(
    stderr,
    /small\.yaml:2:11: plugins\[0\]: was made with @rewardlab\/core 0\.9\.9 \(.*node_modules\/@rewardlab\/core\/?\), and this is \d+\.\d+\.\d+ \(.*\)\. Install the same version, with `npm dedupe`/,
  );
});

test("so is another TensorFlow.js, before its code has registered anything", async ({ folder }) => {
  prepare(folder, { tensors: "4.20.0" });
  const { code, stderr } = await rewardlab(folder, "check", "small.yaml");
  assert.is(code, 2, stderr);
  assert.match(
    stderr,
    /small\.yaml:2:11: plugins\[0\]: imports @tensorflow\/tfjs-core@4\.20\.0 of its own, and this RewardLab computes with 4\.22\.0\. Install the same version, `npm install @tensorflow\/tfjs-core@4\.22\.0`/,
  );
});

test.run();
