// The experiments of the packages that `npm create @rewardlab/plugin` makes are run, as their READMEs say.
// time-out: 900 s

import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createdPlugins } from "./created-plugins.ts";

const { folder, plugins } = await createdPlugins();
test.after(() => rmSync(folder, { recursive: true }));

for (const { kind, language, folder: own } of plugins.filter((plugin) => plugin.language === "js" || plugin.kind === "advantage"))
  test(`create-plugin: npm run example (${kind}, ${language})`, () => {
    const { NODE_OPTIONS: _, ...env } = process.env;
    const { status, stdout, stderr } = spawnSync("npm", ["run", "example"], { cwd: join(folder, own), env, encoding: "utf8" });
    assert.is(status, 0, `${stdout}${stderr}`);
    assert.ok(existsSync(join(folder, own, `runs/my-${kind}/report.html`)), stdout);
  });

test.run();
