// Runs on an engine, libtensorflow or the one under test (`npm test -- --slow --engine NAME`), where it starts: the same numbers as on wasm to
// float32's rounding, and the same bytes after a run was killed.

import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { rewardlab, start, temporaryFolder } from "./command.ts";

const underTest = process.env["REWARDLAB_TEST_ENGINE"] ?? "tensorflow";
const experiment = (engine: string) => `name: small
plugins: ["@rewardlab/algo-stablereinforce", "@rewardlab/algo-ppo", "@rewardlab/algo-grpo"]
engine: ${engine}
model: { use: tiny-vlm, width: 16, layers: 1, hiddenSize: 16 }
data: { use: scenes, train: 48, test: 16 }
stages:
  - coldStart:
      use: sft
      optimizer: { use: adamw, learningRate: 3e-3 }
      phases: [{ steps: 10, batch: 8, learningRate: 3e-3 }]
  - rl:
      use: rl
      algorithm: stable-reinforce
      iterations: 4
      checkpointEvery: 1
      rollout: { prompts: 8, samplesPerPrompt: 2, maxNewTokens: 8 }
      update: { minibatch: 8, microbatch: 4 }
      optimizer: { use: adamw, learningRate: 1e-3 }
  - evaluate: { use: evaluate, maxNewTokens: 8 }
`;

const folders: string[] = [];
test.after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));
function newFolder(engine: string): string {
  const folder = temporaryFolder();
  folders.push(folder);
  writeFileSync(join(folder, "small.yaml"), experiment(engine));
  // the plugins are found from the experiment's folder
  execFileSync("ln", [
    "-s",
    fileURLToPath(new URL("../packages/cli/node_modules", import.meta.url)),
    join(folder, "node_modules"),
  ]);
  return folder;
}
const file = (folder: string, name: string) => readFileSync(join(folder, "runs", "small", "main", "seed-1", name));
const lines = (folder: string) =>
  file(folder, "metrics.jsonl")
    .toString()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, number>);
async function run(folder: string, ...more: string[]): Promise<void> {
  const { code, stderr } = await rewardlab(folder, "run", "small.yaml", "--workers", "1", ...more);
  assert.is(code, 0, stderr);
}

const here = temporaryFolder();
folders.push(here);
const { stdout } = await rewardlab(here, "engines", "--json");
const found = (JSON.parse(stdout) as { name: string; available: boolean; detail: string }[]).find(
  ({ name }) => name === underTest,
)!;
const check = (title: string, body: () => Promise<void>) =>
  found.available ? test(`${underTest}: ${title}`, body) : test.skip(`${underTest}: ${title} (${found.detail})`, () => {});

for (const algorithm of ["stable-reinforce", "ppo", "grpo"])
  check(`${algorithm} trains as on wasm`, async () => {
    const [wasm, own] = [newFolder("wasm"), newFolder(underTest)];
    for (const folder of [wasm, own]) await run(folder, "--set", `stages.rl.algorithm=${algorithm}`);
    const [expected, given] = [lines(wasm)[0]!, lines(own)[0]!];
    assert.equal(Object.keys(given).sort(), Object.keys(expected).sort());
    // After ten steps of AdamW the two differ in the fifth digit; a token that is sampled otherwise would show in the score.
    for (const name of ["score", "loss", "gradientNorm", "responseTokens"])
      assert.ok(
        Math.abs(given[name]! - expected[name]!) < 1e-2 * Math.max(1, Math.abs(expected[name]!)),
        `${name} is ${given[name]}, on wasm ${expected[name]}`,
      );
  });

check("killed and run again it comes to the same bytes", async () => {
  const [whole, stopped] = [newFolder(underTest), newFolder(underTest)];
  await run(whole);
  const { child, ended } = start(stopped, "run", "small.yaml", "--workers", "1");
  for (let wait = 0; wait < 600; wait++) {
    await sleep(50);
    try {
      if (file(stopped, "metrics.jsonl").toString().includes('"iteration":2')) break;
    } catch {
      // nothing is written yet
    }
  }
  const worker = JSON.parse(file(stopped, ".lock").toString()) as { pid: number };
  process.kill(worker.pid, "SIGKILL");
  child.kill("SIGKILL");
  await ended;
  await run(stopped);
  for (const name of ["metrics.jsonl", "samples.jsonl", "model.safetensors"])
    assert.ok(file(stopped, name).equals(file(whole, name)), name);
});

test(`${underTest}: the engines command tells whether it is there`, () => assert.type(found.available, "boolean"));
test.run();
