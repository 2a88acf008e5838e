// `rewardlab init` as a newcomer calls it: the folder holds all that its README shows, and its experiment is found and fits.

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { rewardlab, temporaryFolder } from "./command.ts";

const test = suite<{ folder: string }>("init");
test.before.each((context) => void (context.folder = temporaryFolder()));
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

test("init: a folder with experiment, data, README and package.json; check finds the experiment by itself", async ({
  folder,
}) => {
  const made = await rewardlab(folder, "init");
  assert.is(made.code, 0, made.stderr);
  assert.match(made.stdout, "cd first-experiment\n  npm install\n  npx rewardlab run ");
  const own = join(folder, "first-experiment");
  assert.equal(readdirSync(own).sort(), [".gitignore", "README.md", "data", "experiment.yaml", "package.json", "schema.json"]);
  assert.is(readdirSync(join(own, "data/images")).length, 1200);
  const manifest = JSON.parse(readFileSync(join(own, "package.json"), "utf8")) as { dependencies: Record<string, string> };
  const { version } = JSON.parse(readFileSync(new URL("../packages/cli/package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  assert.equal(manifest.dependencies, { "@rewardlab/cli": `^${version}` });

  const checked = await rewardlab(own, "check", "--json");
  assert.is(checked.code, 0, checked.stdout + checked.stderr);
  assert.equal(JSON.parse(checked.stdout).cells, ["baseline", "without division"]);
  // the commands of its README are commands, and its one row of data is one
  const readme = readFileSync(join(own, "README.md"), "utf8");
  const help = (await rewardlab(own, "--help")).stdout;
  const commands = [...readme.matchAll(/rewardlab ([a-z]+)/g)].map(([, name]) => name!);
  assert.ok(commands.length >= 6);
  for (const name of commands) assert.match(help, new RegExp(`^ +${name}\\b`, "m"), name);
  const row = JSON.parse(/^ {4}(\{.*\})$/m.exec(readme)![1]!) as object;
  const keys = Object.keys(JSON.parse(readFileSync(join(own, "data/train.jsonl"), "utf8").split("\n")[0]!) as object);
  for (const key of Object.keys(row)) assert.ok(keys.includes(key), key);
});

test("init: a folder that holds something stays as it is", async ({ folder }) => {
  writeFileSync(join(folder, "experiment.yaml"), "mine");
  const { code, stderr } = await rewardlab(folder, "init", ".");
  assert.is(code, 2);
  assert.match(stderr, /: holds experiment\.yaml, expected a new or an empty folder\. Nothing was written\n/);
  assert.equal(readdirSync(folder), ["experiment.yaml"]);
  assert.is(readFileSync(join(folder, "experiment.yaml"), "utf8"), "mine");
});

test("init: run without an experiment says what it looked for", async ({ folder }) => {
  const { code, stderr } = await rewardlab(folder, "run");
  assert.is(code, 2);
  assert.match(
    stderr,
    "there is no YAML file in this folder, expected a file, or experiment.yaml here. `rewardlab init` makes a folder with one",
  );
});

test.run();
