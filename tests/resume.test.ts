// A run that is stopped, in whatever way, goes on to the same bits as one that was not. With the real model, data and engine.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { rewardlab, start, temporaryFolder } from "./command.ts";
import type { Ended } from "./command.ts";

// The rule is a plugin of the test's own: an untrained model never answers, and a score that is always 0 teaches nothing.
const plugin = `export default { name: "brevity", api: "^1", components: [{
  kind: "reward", name: "brevity", summary: "the shorter, the better", version: 1, inject: {},
  options: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
  create: () => ({ score: ({ responses }) => responses.map((text) => 1 / (1 + text.length)) }) }] };`;
const experiment = `name: small
plugins: [brevity]
engine: wasm
model: { use: tiny-vlm, width: 16, layers: 1, hiddenSize: 16 }
data: { use: scenes, train: 48, test: 16 }
stages:
  - coldStart:
      use: sft
      checkpointEvery: 4
      optimizer: { use: adamw, learningRate: 3e-3 }
      phases: [{ steps: 10, batch: 8, learningRate: 3e-3 }]
  - rl:
      use: rl
      algorithm: stable-reinforce
      iterations: 12
      checkpointEvery: 3
      rollout: { prompts: 8, samplesPerPrompt: 2, maxNewTokens: 8 }
      reward: { rules: { brevity: brevity }, formula: brevity }
      update: { minibatch: 8 }
      optimizer: { use: adamw, learningRate: 1e-3 }
  - evaluate: { use: evaluate, voting: [1, 3], maxNewTokens: 8 }
`;

const test = suite("resume", { whole: "", stopped: "" });
const folders: string[] = [];
function newFolder(): string {
  const folder = temporaryFolder();
  folders.push(folder);
  writeFileSync(join(folder, "small.yaml"), experiment);
  const package_ = join(folder, "node_modules", "brevity");
  execFileSync("mkdir", ["-p", package_]);
  writeFileSync(
    join(package_, "package.json"),
    '{ "name": "brevity", "type": "module", "version": "1.0.0", "exports": { "import": "./index.js" } }',
  );
  writeFileSync(join(package_, "index.js"), plugin);
  return folder;
}
test.after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const grid = (folder: string) => join(folder, "runs", "small");
const runOf = (folder: string, ...more: string[]) => join(grid(folder), "main", "seed-1", ...more);
const hash = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
const bytes = (folder: string) =>
  Object.fromEntries(["metrics.jsonl", "samples.jsonl", "model.safetensors"].map((file) => [file, hash(runOf(folder, file))]));
const coldStart = (folder: string) => {
  const name = readdirSync(join(grid(folder), "artefacts")).find((file) => /^coldStart-\w+$/.test(file));
  return ["metrics.jsonl", "model.safetensors"].map((file) => hash(join(grid(folder), "artefacts", name!, file)));
};

/** How many steps and iterations are written down, of the 22 there are. */
function progress(folder: string): number {
  const artefacts = join(grid(folder), "artefacts");
  const files = [
    runOf(folder, "metrics.jsonl"),
    ...(existsSync(artefacts) ? readdirSync(artefacts).map((name) => join(artefacts, name, "metrics.jsonl")) : []),
  ];
  return files.reduce((sum, file) => sum + linesOf(file), 0);
}

/** A folder that is being made may be renamed between the look and the read. */
function linesOf(file: string): number {
  try {
    return readFileSync(file, "utf8").split("\n").length - 1;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}

/** The process that holds the run; 0 where none does. */
function workerOf(folder: string): number {
  try {
    return (JSON.parse(readFileSync(runOf(folder, ".lock"), "utf8")) as { pid: number }).pid;
  } catch {
    return 0;
  }
}

async function until(condition: () => boolean, ended: Promise<Ended>): Promise<void> {
  let over: Ended | undefined;
  void ended.then((end) => (over = end));
  while (!condition()) {
    if (over) throw new Error(`it ended too early, with ${over.code}: ${over.stdout}\n${over.stderr}`);
    await sleep(5);
  }
}

const seed = Number(process.env.REWARDLAB_TEST_SEED ?? Date.now() % 1_000_000);
let state = seed;
/** Random enough to choose moments: Park and Miller's generator. */
const random = () => (state = (state * 48_271 + 11) % 2_147_483_647) / 2_147_483_647;

test("uninterrupted; meanwhile a second run on the same folder is refused", async (context) => {
  context.whole = newFolder();
  const { ended } = start(context.whole, "run", "small.yaml");
  await until(() => existsSync(join(grid(context.whole), ".lock")), ended);
  const second = await rewardlab(context.whole, "run", "small.yaml");
  assert.is(second.code, 1);
  assert.match(
    second.stderr,
    /runs\/small: another run \(process \d+ on .*, since .*\) is working here\. Wait for it, or stop it/,
  );
  assert.not.match(second.stderr, /\n\s+at /);
  const first = await ended;
  assert.is(first.code, 0, first.stderr);
  assert.match(first.stdout, /seed 1: done/);
  assert.is(progress(context.whole), 22);
});

test("killed with -9 at random instants, again and again: the same bytes", async ({ whole }) => {
  console.log(`\n    REWARDLAB_TEST_SEED=${seed}`);
  const stopped = newFolder();
  let before = 0;
  for (let kill = 1; kill <= 3; kill++) {
    const { child, ended } = start(stopped, "run", "small.yaml");
    const target = Math.max(progress(stopped) - 2, Math.floor((random() + kill - 1) * 6)); // in the cold start first, later in RL
    const instant = random() * 150;
    await until(() => progress(stopped) >= target && ![0, before].includes(workerOf(stopped)), ended);
    await sleep(instant);
    before = workerOf(stopped);
    // The command goes with the worker, so that nobody is left to tidy up.
    process.kill(before, "SIGKILL");
    child.kill("SIGKILL");
    const { code } = await ended;
    assert.is.not(code, 0);
    console.log(`    killed ${instant.toFixed(0)} ms after ${target} steps: ${progress(stopped)} of 22 written`);
  }
  const { code, stderr } = await rewardlab(stopped, "run", "small.yaml");
  assert.is(code, 0, stderr);
  assert.equal(bytes(stopped), bytes(whole));
  assert.equal(coldStart(stopped), coldStart(whole));
  assert.equal(
    readdirSync(runOf(stopped, "checkpoints")),
    readdirSync(runOf(whole, "checkpoints")),
    "nothing half-written is left",
  );
});

test("the worker alone is killed: the command tries the run once more, to the same bytes", async ({ whole }) => {
  const stopped = newFolder();
  const { ended } = start(stopped, "run", "small.yaml");
  await until(() => progress(stopped) >= 14 && workerOf(stopped) !== 0, ended);
  process.kill(workerOf(stopped), "SIGKILL");
  const { code, stdout, stderr } = await ended;
  assert.is(code, 0, stderr);
  assert.match(stdout, /seed 1: its process ended with SIGKILL.*it is tried once more/s);
  assert.equal(bytes(stopped), bytes(whole));
});

test("Ctrl-C: saved, 130; the next run goes on to the same bytes", async ({ whole }) => {
  const stopped = newFolder();
  const { child, ended } = start(stopped, "run", "small.yaml");
  await until(() => progress(stopped) >= 12, ended);
  child.kill("SIGINT");
  const end = await ended;
  assert.is(end.code, 130, end.stderr);
  assert.match(end.stdout, /seed 1: stopped, saved/);
  assert.match(readFileSync(runOf(stopped, "status.json"), "utf8"), /"status": "interrupted"/);
  assert.not.match(end.stderr, /\n\s+at /);

  const next = await rewardlab(stopped, "run", "small.yaml", "--json");
  assert.is(next.code, 0, next.stderr);
  JSON.parse(next.stdout); // progress goes elsewhere
  assert.equal(bytes(stopped), bytes(whole));
});

test("finished: said so; --fresh keeps each old run beside, and gives the same bytes again", async ({ whole }) => {
  const before = bytes(whole);
  const again = await rewardlab(whole, "run", "small.yaml");
  assert.is(again.code, 0);
  assert.match(again.stdout, /small: its run is done\. --fresh runs anew\./);
  assert.match(again.stdout, /Report: runs\/small\/report\.html/);

  const fresh = await rewardlab(whole, "run", "small.yaml", "--fresh");
  assert.is(fresh.code, 0, fresh.stderr);
  assert.equal(bytes(whole), before);
  for (const [file, expected] of Object.entries(before))
    assert.is(hash(join(whole, "runs", "small.previous", "main", "seed-1", file)), expected);
});

test.run();
