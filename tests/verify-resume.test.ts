// `rewardlab verify-resume`: an experiment that goes on to the same bytes, and one with a part that can't.

import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { verifyResume } from "@rewardlab/cli";
import { rewardlab, start, temporaryFolder } from "./command.ts";

const test = suite("verify-resume", { folder: "" });
test.before.each((context) => void (context.folder = experimentIn(temporaryFolder())));
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }));

// A rule under which an untrained model's responses differ, and an advantage step with a baseline that moves from iteration to iteration: kept in a
// closure, where no checkpoint sees it, or (steady) begun anew in each.
const plugin = `import * as tf from "@tensorflow/tfjs-core";
const options = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };
const moving = (name, keeps) => ({
  kind: "advantage", name, summary: "scores less a moving baseline", version: 1, inject: {}, options, takes: "scores", gives: "scores",
  create: () => {
    let baseline = 0;
    return {
      apply(scores) {
        if (!keeps) baseline = 0;
        baseline = 0.5 * baseline + 0.5 * tf.tidy(() => tf.mean(scores).arraySync());
        return tf.sub(scores, baseline); // [B]
      },
    };
  },
});
export default { name: "parts", api: "^1", components: [
  { kind: "reward", name: "brevity", summary: "the shorter, the better", version: 1, inject: {}, options,
    create: () => ({ score: ({ responses }) => responses.map((text) => 1 / (1 + text.length)) }) },
  moving("moving", true), moving("steady", false),
] };`;
const experiment = `name: small
plugins: [parts]
engine: wasm
model: { use: tiny-vlm, width: 16, layers: 1, hiddenSize: 16 }
data: { use: scenes, train: 16, test: 8 }
stages:
  - rl:
      use: rl
      algorithm: stable-reinforce
      iterations: 300
      rollout: { prompts: 64, samplesPerPrompt: 2, maxNewTokens: 8 }
      reward: { rules: { brevity: brevity }, formula: brevity }
      advantage: [steady, discounted-return]
      optimizer: { use: adamw, learningRate: 1e-3 }
  - evaluate: { use: evaluate, maxNewTokens: 4 }
`;
/** The copy of TensorFlow.js that the command uses. */
const tensors = fileURLToPath(new URL("../packages/core/node_modules/@tensorflow/tfjs-core", import.meta.url));

function experimentIn(folder: string): string {
  const package_ = join(folder, "node_modules", "parts");
  mkdirSync(join(package_, "node_modules", "@tensorflow"), { recursive: true });
  symlinkSync(tensors, join(package_, "node_modules", "@tensorflow", "tfjs-core"), "junction");
  writeFileSync(join(package_, "package.json"), '{ "name": "parts", "type": "module", "version": "1.0.0", "main": "index.js" }');
  writeFileSync(join(package_, "index.js"), plugin);
  writeFileSync(join(folder, "small.yaml"), experiment);
  return folder;
}

const leftBehind = () => readdirSync(tmpdir()).filter((name) => name.startsWith("rewardlab-verify-"));

test("equal: 0, with where the kills fell; nothing is left, and runs/ is not touched", async ({ folder }) => {
  const before = leftBehind();
  const { code, stdout, stderr } = await rewardlab(folder, "verify-resume", "small.yaml", "--kills", "1");
  assert.is(code, 0, stdout + stderr);
  assert.match(stdout, /kill 1 of 1: rl \d\/7 \+ \d+ ms/);
  assert.match(stdout, /equal: 1 kill \(rl 1\), and all files are the same, byte for byte\.\n$/);
  assert.equal(
    leftBehind().filter((name) => !before.includes(name)),
    [],
  );
  assert.equal(readdirSync(folder).toSorted(), ["node_modules", "small.yaml"]);
});

test("a step that keeps something between iterations, where no checkpoint sees it: different, 1, and where first", async ({
  folder,
}) => {
  const { log } = console;
  const lines: string[] = [];
  console.log = (line: string) => void lines.push(line);
  const set = ["stages.rl.advantage=[moving, discounted-return]"];
  try {
    await verifyResume(join(folder, "small.yaml"), { kills: 1, seed: 3, runs: join(folder, "runs"), set, json: true });
  } finally {
    console.log = log;
  }
  assert.is(process.exitCode, 1);
  process.exitCode = 0;
  const { equal, kills, failure } = JSON.parse(lines.join("\n")) as {
    equal: boolean;
    kills: { place: string }[];
    failure: { difference: { file: string; how: string }; kills: { number: number }[] };
  };
  assert.is(equal, false);
  assert.equal(
    kills.map(({ place }) => place),
    ["rl"],
  );
  assert.is(failure.difference.file, "main/seed-1/metrics.jsonl");
  assert.match(failure.difference.how, /^line [4-7]: \w+ is .*, the uninterrupted run's /);
  assert.equal(
    failure.kills.map(({ number }) => number),
    [1],
  );
});

test("Ctrl-C: 130, and no folder is left", async ({ folder }) => {
  const before = leftBehind();
  const { child, ended } = start(folder, "verify-resume", "small.yaml");
  while (leftBehind().every((name) => before.includes(name))) await sleep(10);
  child.kill("SIGINT");
  const end = await ended;
  assert.is(end.code, 130, end.stdout + end.stderr);
  assert.equal(
    leftBehind().filter((name) => !before.includes(name)),
    [],
  );
});

for (const example of ["rewardlab-plugin-moving-baseline", "rewardlab-plugin-replay"])
  test(`${example}: what lives across iterations is the same after kills`, async () => {
    const folder = fileURLToPath(new URL(`../examples/${example}`, import.meta.url));
    const { code, stdout, stderr } = await rewardlab(folder, "verify-resume", "experiment.yaml", "--kills", "3");
    assert.is(code, 0, stdout + stderr);
    assert.match(stdout, /equal: 3 kills/);
  });

test.run();
