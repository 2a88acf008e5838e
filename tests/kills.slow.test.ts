// A thousand kills: runs of every algorithm, ended at random file operations, while they resume as well, with changes of the experiment and of a plugin
// in between. Whatever came before, the last run of a series must end and leave the same bytes as one that nothing ever interrupted.
//
// Nine in ten lives are cut off from the disk at an operation, in a process that goes on with the next one; one in ten is a process killed with SIGKILL.
//
//   node --conditions=@rewardlab/source --import tsx tests/kills.slow.test.ts
//     REWARDLAB_KILLS=1000      how many        REWARDLAB_TEST_SEED=1      another seed, other kills

import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { randomStream } from "@rewardlab/core";
import { runFolder } from "@rewardlab/core/host";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { firstDifference, registryFor } from "@rewardlab/cli";
import { temporaryFolder } from "./command.ts";
import type { Fallen, Life, LifeEnd } from "./kills/lives.ts";

const KILLS = Number(process.env.REWARDLAB_KILLS ?? 1000);
const SEED = Number(process.env.REWARDLAB_TEST_SEED ?? 1);
const random = randomStream(SEED, "kills");
const pick = <T>(of: readonly T[]): T => of[random.below(of.length)]!;

const test = suite("kills", { folder: "" });
test.before((context) => void (context.folder = temporaryFolder()));
test.after(({ folder }) => rmSync(folder, { recursive: true, force: true }));

// ---------------------------------------------------------------- versions of the experiment

interface Version {
  readonly name: string;
  readonly file: string;
}

const experiment = (algorithm: string, learningRate: string) => `name: kills
plugins: [brevity]
engine: wasm
model: { use: tiny-vlm, width: 16, layers: 1, heads: 2, kvHeads: 1, hiddenSize: 16 }
data: { use: scenes, train: 8, test: 4 }
stages:
  - cold: { use: sft, checkpointEvery: 2, phases: [{ steps: 3, batch: 2 }], optimizer: { use: adamw, learningRate: 1e-3 } }
  - rl:
      use: rl
      algorithm: ${algorithm}
      iterations: 5
      checkpointEvery: 2
      rollout: { prompts: 2, samplesPerPrompt: 2, maxNewTokens: 4 }
      reward: { rules: { brevity: brevity }, formula: brevity }
      optimizer: { use: adamw, learningRate: ${learningRate} }
  - evaluate: { use: evaluate, maxNewTokens: 4 }
`;
const plugin = (version: number) => `export default { name: "brevity", api: "^1", components: [{
  kind: "reward", name: "brevity", summary: "the shorter, the better", version: 1, inject: {},
  options: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
  create: () => ({ score: ({ responses }) => responses.map((text) => 1 / (${version} + text.length)) }) }] };`;

/** The experiment in a folder of its own, so that a run can change from one version to another. */
function versionIn(folder: string, algorithm: string, learningRate: string, pluginVersion: number): Version {
  const name = `${algorithm}, learning rate ${learningRate}, plugin ${pluginVersion}`;
  const own = join(folder, "versions", name);
  const package_ = join(own, "node_modules", "brevity");
  mkdirSync(package_, { recursive: true });
  writeFileSync(
    join(package_, "package.json"),
    JSON.stringify({ name: "brevity", type: "module", version: `${pluginVersion}.0.0`, main: "index.js" }),
  );
  writeFileSync(join(package_, "index.js"), plugin(pluginVersion));
  const file = join(own, "kills.yaml");
  writeFileSync(file, experiment(algorithm, learningRate));
  return { name, file };
}

// ---------------------------------------------------------------- lives

const lives = fileURLToPath(new URL("kills/lives.ts", import.meta.url));
/** A process is replaced after so many lives, so that what an ended life holds of its memory doesn't add up. */
const LIVES_A_PROCESS = 100;

let host: { readonly child: ChildProcess; lived: number } | null = null;
let lifeNumber = 0;

interface Ended extends Partial<LifeEnd> {
  /** The operation that it ended at. */
  readonly fallen?: Fallen;
}

/** Runs a version until it ends, or until its n-th file operation. */
async function run({ file }: Version, root: string, at: number, how: Life["how"] = "cut"): Promise<Ended> {
  if (host !== null && (host.lived >= LIVES_A_PROCESS || host.child.exitCode !== null)) closeHost();
  host ??= { child: fork(lives, { stdio: ["ignore", "ignore", "inherit", "ipc"] }), lived: 0 };
  const { child } = host;
  host.lived += 1;
  lifeNumber += 1;
  let fallen: Fallen | undefined;
  return new Promise((resolve) => {
    const settle = (ended: Ended) => {
      clearTimeout(timer);
      child.removeAllListeners();
      resolve({ ...ended, ...(fallen && { fallen }) });
    };
    const timer = setTimeout(() => {
      closeHost();
      settle({ end: "no end in 120 s" });
    }, 120_000);
    child.on("message", (message: { fallen?: Fallen; end?: LifeEnd }) => {
      if (message.fallen) fallen = message.fallen;
      if (message.end) settle(message.end);
    });
    child.on("close", () => {
      host = null;
      settle({ end: "killed" });
    });
    child.send({ file, root, at, how, number: lifeNumber } satisfies Life);
  });
}

function closeHost(): void {
  host?.child.removeAllListeners();
  host?.child.kill("SIGKILL");
  host = null;
}
test.after(closeHost);

// ---------------------------------------------------------------- a series

/** What a path is a part of, for the count of where kills fell: "cold: checkpoints", "run: before". */
function partOf(path: string, root: string): string {
  const parts = path.slice(root.length + 1).split("/");
  if (parts[0] === "data") return "data";
  const owner = parts[0] === "artefacts" ? (parts[1] ?? "artefacts").replace(/-[0-9a-f]{12}.*/, "") : "run";
  const known = parts.map((part) => part.replace(/(\.\d+)?\.part$/, "")).find((part) => PARTS.has(part));
  return `${owner}: ${known ?? "folders"}`;
}
const [stageParts, runParts] = [
  [".lock", "checkpoints", "before", "stage.json", "metrics.jsonl", "samples.jsonl", "model.safetensors", "artefact.json"],
  ["status.json", "experiment.yaml", "provenance.json", "results.json"],
];
const PARTS = new Set([stageParts, runParts].flat());

/** What other versions have left is theirs, and kept. */
function withoutOthers(root: string, expected: string): void {
  rmSync(join(runFolder(root, "main", 1), "before"), { recursive: true, force: true });
  const own = readdirSync(join(expected, "artefacts"));
  for (const name of readdirSync(join(root, "artefacts")))
    if (!own.some((one) => name === one || name.startsWith(`${one}.`)))
      rmSync(join(root, "artefacts", name), { recursive: true });
}

test(`${KILLS} kills and refused operations, seed ${SEED}`, async ({ folder }) => {
  const algorithms = (await registryFor([], folder)).names("algorithm");
  assert.ok(algorithms.length >= 10);
  const versions: Version[] = [];
  for (const algorithm of algorithms) versions.push(versionIn(folder, algorithm, "1e-3", 1));
  const changed = new Map<Version, Version[]>();
  for (const [index, version] of versions.entries())
    changed.set(version, [
      versionIn(folder, algorithms[index]!, "2e-3", 1),
      versionIn(folder, algorithms[index]!, "1e-3", 2),
      versions[(index + 1) % versions.length]!,
    ]);

  const whole = new Map<Version, string>();
  let operations = 0;
  const expectedOf = async (version: Version): Promise<string> => {
    const there = whole.get(version);
    if (there !== undefined) return there;
    const root = join(folder, "whole", String(whole.size));
    mkdirSync(root, { recursive: true });
    const { end, operations: made = 0 } = await run(version, root, 0);
    assert.is(end, "done");
    operations = made;
    whole.set(version, root);
    return root;
  };
  const data = join(await expectedOf(versions[0]!), "data");

  const fell: Record<string, number> = {};
  const bad: string[] = [];
  const counts = { kill: 0, cut: 0, refuse: 0, changes: 0, series: 0, leftParts: 0 };
  let told = 0;
  const began = Date.now();
  while (counts.kill + counts.cut + counts.refuse < KILLS) {
    const first = versions[counts.series % versions.length]!;
    const changes = random.uniform() < 0.6;
    const root = join(folder, "series");
    rmSync(root, { recursive: true, force: true });
    mkdirSync(root);
    if (random.uniform() < 0.9) cpSync(data, join(root, "data"), { recursive: true });
    let version = first;
    const story: string[] = [];
    const kills = 4 + random.below(8);
    for (let kill = 0; kill < kills; kill++) {
      if (changes && kill > 0 && random.uniform() < 0.4) {
        version = pick([first, ...changed.get(first)!].filter((other) => other !== version));
        counts.changes += 1;
      }
      const at = 1 + random.below(random.uniform() < 0.4 ? 40 : operations);
      const draw = random.uniform();
      const how = draw < 0.25 ? "refuse" : draw < 0.325 ? "kill" : "cut";
      const { end, fallen } = await run(version, root, at, how);
      if (fallen === undefined) {
        story.push(`${version.name}: ended before operation ${at}`);
        if (end !== "done") bad.push(`series ${counts.series + 1}: ${end}\n    ${story.join("\n    ")}`);
        if (!changes) break; // it is done
        continue;
      }
      counts[how] += 1;
      const part = partOf(fallen.path, root);
      fell[part] = (fell[part] ?? 0) + 1;
      story.push(`${version.name}: ${how} at operation ${at}, ${fallen.operation} ${fallen.path.slice(root.length + 1)}`);
    }
    const expected = await expectedOf(version);
    const { end, notes } = await run(version, root, 0);
    if (end !== "done") bad.push(`series ${counts.series + 1}: ${end} ${notes?.join("; ")}\n    ${story.join("\n    ")}`);
    else {
      counts.leftParts += readdirSync(root, { recursive: true }).filter((name) => String(name).endsWith(".part")).length;
      withoutOthers(root, expected);
      const difference = firstDifference(expected, root);
      if (difference !== null)
        bad.push(`series ${counts.series + 1}: ${difference.file}: ${difference.how}\n    ${story.join("\n    ")}`);
    }
    counts.series += 1;
    const places = Object.entries(fell).toSorted(([, a], [, b]) => b - a);
    console.log(
      `\n    ${counts.cut} lives cut off, ${counts.kill} processes killed, ${counts.refuse} operations refused in ${counts.series} series with ${counts.changes} changes, ${((Date.now() - began) / 60_000).toFixed(1)} min; ${bad.length} bad` +
        `\n    fell at ${places.map(([place, number]) => `${place} ${number}`).join(", ")}; ${counts.leftParts} half-written files left beside`,
    );
    for (const one of bad.slice(told)) console.log(`    bad: ${one}`);
    told = bad.length;
  }
  assert.equal(bad, []);
});

test.run();
