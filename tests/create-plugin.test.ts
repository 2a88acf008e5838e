// What `npm create @rewardlab/plugin` makes, of each kind in both languages, against the built packages as a stranger has them: the types fit, its own tests
// pass, and its experiment can be run. All of them in one program and one process; the scripts of package.json are tried by one package of each language.

import { registryFor } from "@rewardlab/cli";
import { gridWarnings, idleParts, kindNames as kindsOfCore, loadExperiment } from "@rewardlab/core/host";
import { kindNames } from "@rewardlab/create-plugin";
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createdPlugins } from "./created-plugins.ts";

const { folder, plugins } = await createdPlugins();
test.after(() => rmSync(folder, { recursive: true }));

/** Runs a command of node_modules as a stranger's shell would; gives what it printed where it succeeds. */
function ran(within: string, program: string, ...args: string[]): string {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: join(folder, within), env, encoding: "utf8" });
  assert.is(status, 0, `${within}: ${program} ${args.join(" ")}\n${stdout}${stderr}`);
  return stdout;
}

test("create-plugin: every kind that there is has a template, or begins with a guide", () => {
  const withoutTemplate = ["pair-loss", "model", "engine"];
  assert.equal([...kindNames, ...withoutTemplate].sort(), [...kindsOfCore, "algorithm"].sort());
});

test("create-plugin: the types of all fit, by the tsconfig that is made with them", () => {
  const whole = {
    extends: "./advantage-ts/tsconfig.json",
    compilerOptions: { allowJs: true, checkJs: true, rootDir: ".", outDir: "built" },
    include: ["*-ts/src", "*-js/src"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(whole));
  ran(".", process.execPath, "node_modules/typescript/bin/tsc", "--pretty", "false");
});

test("create-plugin: the tests of all pass", () => {
  const pattern = String.raw`^(built/\w+-ts|\w+-js)/src/.*\.test\.js$`;
  const printed = ran(".", process.execPath, "node_modules/uvu/bin.js", ".", pattern);
  for (const { kind, language } of plugins) assert.match(printed, `${kind}-${language}/src/my-${kind}.test.js`);
  const [, total, passed] = /Total: +(\d+)\n +Passed: +(\d+)/.exec(printed)!;
  assert.is(passed, total);
  assert.ok(Number(total) >= 12 * plugins.length, total);
});

for (const language of ["ts", "js"])
  test(`create-plugin: npm test passes as package.json has it (${language})`, () => {
    const printed = ran(`advantage-${language}`, "npm", "test");
    assert.match(printed, /Total: +[1-9]/);
  });

// Node's own type stripping: on from 22.18
if ("typescript" in process.features && process.features.typescript)
  test("create-plugin: TypeScript runs as it is, unbuilt", () => {
    for (const file of ["my-advantage.test.ts", "index.test.ts"])
      assert.match(ran("advantage-ts", process.execPath, `src/${file}`), /Passed: +[1-9]/);
  });

for (const kind of kindNames)
  test(`create-plugin: the experiment of ${kind} can be run, and what it compares can act`, async () => {
    const path = join(folder, `${kind}-js/experiment.yaml`);
    const experiment = await loadExperiment(path, { registryFor });
    assert.equal(
      experiment.cells.flatMap((cell) => idleParts(cell).filter(({ path: place }) => place.includes(`my-${kind}`))),
      [],
    );
    assert.equal(
      gridWarnings(experiment).filter(({ kind: what }) => what === "cannot-act" || what === "changes-nothing"),
      [],
    );
    assert.match(readFileSync(path, "utf8"), `"@you/rewardlab-plugin-my-${kind}"`);
  });

test.run();
