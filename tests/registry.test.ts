// From an idea to a published package, as a stranger does it: a registry of our own on loopback has every package as packed, and npm and pnpm are used in empty
// folders that know nothing of this repository. Where npm's registry can't be reached for the rest, or REWARDLAB_REGISTRY=off, it is skipped and says so;
// REWARDLAB_REGISTRY=required makes a failure of that.
// time-out: 900 s

import { spawn } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { askNpm, releasePlan } from "../tools/release/plan.ts";
import { publishAll } from "../tools/registry/publish.ts";
import { startRegistry, whyNoNpm } from "../tools/registry/start.ts";
import type { TestRegistry } from "../tools/registry/start.ts";
import { manifestOf, packAll } from "../tools/release/pack.ts";
import type { Packed } from "../tools/release/pack.ts";

const MEGABYTE = 2 ** 20;
const began = performance.now();
const say = (what: string): void => console.log(`  ${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${what}`);
const pnpm = (manifestOf(".") as unknown as { packageManager: string }).packageManager;

interface Place {
  registry: TestRegistry;
  packed: readonly Packed[];
  folder: string;
}
const test = suite<Place>("registry");

const why = process.env["REWARDLAB_REGISTRY"] === "off" ? "REWARDLAB_REGISTRY is off" : await unreachable();
if (why !== undefined) {
  say(`SKIPPED: ${why}`);
  assert.is.not(process.env["REWARDLAB_REGISTRY"], "required", `REWARDLAB_REGISTRY is required, but ${why}`);
}
async function unreachable(): Promise<string | undefined> {
  const reason = await whyNoNpm();
  return reason === undefined ? undefined : `npm's registry can't be reached: ${reason}`;
}

test.before(async (place) => {
  if (why !== undefined) return;
  place.folder = mkdtempSync(join(tmpdir(), "rewardlab-stranger-"));
  place.registry = await startRegistry(say);
  place.packed = await packAll(join(place.folder, "packed"));
  await publishAll(place.registry, place.packed);
  say(`published ${place.packed.length} packages`);
});
test.after(async ({ registry, folder }) => {
  await registry?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** What a program printed; throws with all of it where it failed. */
function ran(place: Place, cwd: string, expected: number, command: string, ...args: string[]): Promise<string> {
  const outer = Object.entries(process.env).filter(([key]) => !/^(npm_|REWARDLAB_|NODE_OPTIONS$|INIT_CWD$)/i.test(key));
  const env = { ...Object.fromEntries(outer), NO_COLOR: "1", CI: "1", npm_config_userconfig: place.registry.npmrc };
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: command === "npm" ? { ...env, npm_config_cache: join(place.folder, "npm-cache") } : env, // nothing of an earlier run
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32",
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => void (output += text));
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === expected) resolve(output);
      else reject(new Error(`${command} ${args.join(" ")}: exit code ${code}, expected ${expected}\n${output}`));
    });
  });
}
const npm = (place: Place, cwd: string, ...args: string[]) => ran(place, cwd, 0, "npm", ...args);

/** How each package manager does the same. */
const managers = {
  npm: (place: Place, cwd: string, ...args: string[]) => npm(place, cwd, ...args),
  pnpm: (place: Place, cwd: string, ...args: string[]) => ran(place, cwd, 0, "npx", "--yes", pnpm, ...args),
};

function emptyFolder({ folder }: Place, name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  writeFileSync(join(path, "package.json"), '{ "name": "stranger", "private": true, "type": "module" }\n');
  return path;
}

/** What it takes on a disk, in blocks of 4 KiB. */
function bytesOnDisk(path: string): number {
  const { size } = lstatSync(path);
  const own = Math.ceil(size / 4096) * 4096;
  if (!lstatSync(path).isDirectory()) return own;
  return readdirSync(path).reduce((sum, name) => sum + bytesOnDisk(join(path, name)), own);
}

const rewardlab = (place: Place, cwd: string, expected: number, ...args: string[]) =>
  ran(place, cwd, expected, process.execPath, join(cwd, "node_modules/@rewardlab/cli/bin/rewardlab.js"), ...args);

if (why === undefined) {
  test("registry: the command in an empty folder takes at most 60 MB, and its engine starts", async (place) => {
    const folder = emptyFolder(place, "alone");
    await npm(place, folder, "install", "@rewardlab/cli", "--loglevel=error");
    const megabytes = bytesOnDisk(join(folder, "node_modules")) / MEGABYTE;
    say(`the command takes ${megabytes.toFixed(1)} MB`);
    assert.ok(
      megabytes <= 60,
      `${megabytes.toFixed(1)} MB: what is large should be optional, or slim (docs/decisions/0013-slim-dependencies.md)`,
    );
    assert.match(await rewardlab(place, folder, 0, "engines"), /^there +wasm/m);
  });

  test("registry: npx @rewardlab/cli init makes an experiment in an empty folder, and it runs", async (place) => {
    const folder = emptyFolder(place, "newcomer");
    await npm(place, folder, "exec", "--yes", "@rewardlab/cli", "--", "init", "first");
    const first = join(folder, "first");
    await npm(place, first, "install", "--loglevel=error");
    const phases = "stages.coldStart.phases=[{ steps: 2, batch: 8, learningRate: 4e-3 }]";
    const short = [phases, "stages.rl.iterations=1", "stages.rl.rollout.prompts=4"];
    await rewardlab(place, first, 0, "run", ...short.flatMap((value) => ["--set", value]));
    say("a first experiment ran, cut short");
  });

  for (const [manager, language] of [
    ["npm", "ts"],
    ["pnpm", "js"],
  ] as const) {
    const run = managers[manager];
    const name = `rewardlab-plugin-${manager}-${language}`;

    test(`registry: with ${manager} a plugin is made, tested and published, and an experiment of somebody else uses it`, async (place) => {
      const author = emptyFolder(place, `author-${manager}`);
      const flags = ["--kind", "advantage", "--name", name, "--language", language, "--yes"];
      if (manager === "npm") await run(place, author, "create", "--yes", "@rewardlab/plugin", "mine", "--", ...flags);
      else await run(place, author, "create", "@rewardlab/plugin", "mine", ...flags);
      const own = join(author, "mine");
      assert.is((JSON.parse(readFileSync(join(own, "package.json"), "utf8")) as { name: string }).name, name);
      say(`${manager}: made ${name}`);
      await run(place, own, "install", "--loglevel=error");
      say(`${manager}: installed what it needs`);
      assert.match(await run(place, own, "test"), /Total: +[1-9]/);
      say(`${manager}: its tests passed`);
      await run(place, own, "publish", ...(manager === "pnpm" ? ["--no-git-checks"] : []));
      say(`${manager}: published it`);

      const user = emptyFolder(place, `user-${manager}`);
      await run(place, user, manager === "npm" ? "install" : "add", "@rewardlab/cli", name, "--loglevel=error");
      assert.not(existsSync(join(user, "node_modules", name, "src/index.test.ts")));
      copyFileSync(join(own, "experiment.yaml"), join(user, "experiment.yaml"));
      await rewardlab(place, user, 0, "run", "experiment.yaml");
      const runs = join(user, "runs");
      assert.ok(existsSync(runs) && readdirSync(runs).length === 1, "it left no run");
      say(`${manager}: an experiment ran with it`);
      assert.match(await rewardlab(place, user, 0, "plugins", "search", manager), name);
      assert.match(await rewardlab(place, user, 0, "plugins", "test", name), /^(\d+) of \1 checks passed/m);
      assert.match(await rewardlab(place, user, 0, "plugins", "docs", name), name.replace("rewardlab-plugin-", ""));
      say(`${manager}: it is found, tested and documented by the command`);
    });
  }

  test("registry: a release finds that all is there, and would publish nothing", async (place) => {
    const steps = await releasePlan(place.packed, askNpm(place.registry.npmrc));
    assert.ok(steps.length >= 22);
    assert.equal(
      steps.filter(({ what }) => what !== "there"),
      [],
    );
    say("a release would publish nothing more");
  });

  test("registry: a plugin that brings another version of core is refused by name", async (place) => {
    const { packed } = place;
    const core = packed.find(({ name }) => name === "@rewardlab/core")!;
    const other = "99.0.0";
    const folder = join(place.folder, "other-core");
    for (const [path, bytes] of core.files) {
      mkdirSync(join(folder, path, ".."), { recursive: true });
      writeFileSync(join(folder, path), path === "package.json" ? JSON.stringify({ ...core.manifest, version: other }) : bytes);
    }
    await npm(place, folder, "publish", "--tag", "next", "--loglevel=error");

    const name = "rewardlab-plugin-with-its-own-core";
    const plugin = join(place.folder, name);
    cpSync(new URL("../examples/rewardlab-plugin-group-rank/", import.meta.url), plugin, {
      recursive: true,
      filter: (path) => !path.includes("node_modules"),
    });
    const { peerDependencies, devDependencies: _, ...manifest } = manifestOf("examples/rewardlab-plugin-group-rank");
    const peers = Object.fromEntries(
      Object.keys(peerDependencies ?? {}).flatMap((peer) => (peer === "@rewardlab/core" ? [] : [[peer, "*"]])),
    );
    writeFileSync(
      join(plugin, "package.json"),
      JSON.stringify({ ...manifest, name, dependencies: { "@rewardlab/core": other }, peerDependencies: peers }),
    );
    await npm(place, plugin, "publish", "--loglevel=error");

    const user = emptyFolder(place, "two-cores");
    await npm(place, user, "install", "@rewardlab/cli", name, "--loglevel=error");
    say("installed a plugin with a core of its own");
    const experiment = readFileSync(join(plugin, "experiment.yaml"), "utf8").replaceAll("rewardlab-plugin-group-rank", name);
    writeFileSync(join(user, "experiment.yaml"), experiment);
    const output = await rewardlab(place, user, 2, "check", "experiment.yaml");
    assert.match(output, name);
    assert.match(output, `was made with @rewardlab/core ${other}`);
    assert.match(output, `and this is ${core.version}`);
    assert.match(output, "peerDependencies");
  });
} else {
  test.skip(`registry: ${why}`, () => {});
}

test.run();
