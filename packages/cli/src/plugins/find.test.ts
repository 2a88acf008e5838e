import { PluginError } from "@rewardlab/core/host";
import { mkdirSync } from "node:fs";
import { join, relative } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { link, removeFolder, temporaryFolder, write } from "../testing/files.ts";
import { entryOf } from "./find.ts";

const test = suite("find", { folder: "" });
test.before.each((context) => void (context.folder = temporaryFolder()));
test.after.each(({ folder }) => removeFolder(folder));

const found = (folder: string, name: string, from = folder) => relative(folder, entryOf(name, from)).replaceAll("\\", "/");
function refused(folder: string, name: string): string {
  try {
    return assert.unreachable(`found ${entryOf(name, folder)}`) as never;
  } catch (error) {
    assert.instance(error, PluginError, String(error));
    assert.is((error as PluginError).code, "RL_PLUGIN_MISSING");
    return (error as PluginError).failures[0]!.message;
  }
}

test("find: by name, in each layout that package managers make; links are followed", ({ folder }) => {
  write(folder, {
    "node_modules/flat/package.json": { name: "flat", main: "lib/main.js" }, // npm, yarn classic
    "node_modules/flat/lib/main.js": "",
    "node_modules/.pnpm/strict@1.0.0_core@1/node_modules/strict/package.json": { name: "strict", exports: "./index.js" }, // pnpm
    "node_modules/.pnpm/strict@1.0.0_core@1/node_modules/strict/index.js": "",
    "elsewhere/linked/package.json": { name: "@you/linked", exports: { ".": { import: "./index.ts" } } },
    "elsewhere/linked/index.ts": "",
    "deep/er/experiment.yaml": "",
  });
  link(folder, "node_modules/strict", "node_modules/.pnpm/strict@1.0.0_core@1/node_modules/strict");
  link(folder, "node_modules/@you/linked", "elsewhere/linked");
  for (const from of [folder, join(folder, "deep/er")]) {
    assert.is(found(folder, "flat", from), "node_modules/flat/lib/main.js");
    assert.is(found(folder, "strict", from), "node_modules/.pnpm/strict@1.0.0_core@1/node_modules/strict/index.js");
    assert.is(found(folder, "@you/linked", from), "elsewhere/linked/index.ts");
  }
});

test("find: of a package with both, what import loads, not what require would; a subpath that it exports", ({ folder }) => {
  write(folder, {
    "node_modules/dual/package.json": {
      name: "dual",
      exports: { ".": { require: "./index.cjs", import: "./index.mjs" }, "./extra": "./extra.js", "./gone": "./gone.js" },
    },
    "node_modules/dual/index.cjs": "",
    "node_modules/dual/index.mjs": "",
    "node_modules/dual/extra.js": "",
  });
  assert.is(found(folder, "dual"), "node_modules/dual/index.mjs");
  assert.is(found(folder, "dual/extra"), "node_modules/dual/extra.js");
  assert.match(
    refused(folder, "dual/private"),
    /is in .*dual, and its package\.json leads to no file: .*not defined by "exports"/,
  );
  assert.match(
    refused(folder, "dual/gone"),
    /is in .*dual, and its package\.json leads to no file: .*gone\.js.*\. Is it built\?$/,
  );
});

test("find: by path, a file or a package's folder", ({ folder }) => {
  write(folder, {
    "my-step.ts": "",
    "other/my-step.js": "",
    "package/package.json": { name: "p", exports: "./src/index.js" },
    "package/src/index.js": "",
    "old/package.json": { main: "main.cjs" },
    "old/main.cjs": "",
    "study/experiment.yaml": "",
  });
  assert.is(found(folder, "./my-step.ts"), "my-step.ts");
  assert.is(found(folder, "../my-step.ts", join(folder, "study")), "my-step.ts");
  assert.is(found(folder, join(folder, "other/my-step.js")), "other/my-step.js");
  assert.is(found(folder, "./package"), "package/src/index.js");
  assert.is(found(folder, "../old/", join(folder, "study")), "old/main.cjs");
});

test("find: what isn't there is told with what to do", ({ folder }) => {
  write(folder, { "my-step.ts": "", "mystep/package.json": { main: "gone.js" }, "broken/package.json": "{" });
  mkdirSync(join(folder, "empty"));
  const install = (name: string, command: string) =>
    assert.is(refused(folder, name), `is not installed where it is looked for. In ${folder}: ${command}`);
  install("@you/x", "npm install @you/x");
  assert.match(refused(folder, "my-step.ts"), /There is a file or folder of that name: its path is \.\/my-step\.ts$/);
  assert.match(refused(folder, "./my-step.js"), /there is no file .*my-step\.js\. Did you mean "my-step\.ts"\?/);
  assert.match(refused(folder, "./my-step"), /Did you mean "my-step\.ts"\?/);
  assert.match(refused(folder, "./gone/x.js"), /there is no file .*x\.js$/);
  assert.match(refused(folder, "./empty"), /empty is a folder without package\.json; expected a file/);
  assert.match(refused(folder, "./mystep"), /mystep\/package\.json leads to no file/);
  assert.is(refused(folder, "fs"), "is a part of Node, expected a package that brings a plugin");
  assert.throws(() => entryOf("./broken", folder), /broken\/package\.json: expected JSON/);
  for (const [file, command] of [
    ["yarn.lock", "yarn add"],
    ["pnpm-lock.yaml", "pnpm add"],
  ] as const) {
    write(folder, { [file]: "" });
    install("x", `${command} x`);
  }
});

test.run();
