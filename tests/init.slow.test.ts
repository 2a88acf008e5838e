// What the README of `rewardlab init` says of its experiment is what a run of it gives.
// time-out: 900 s

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { rewardlab, temporaryFolder } from "./command.ts";

test("init: the experiment gives the table of its README", async () => {
  const folder = temporaryFolder();
  try {
    assert.is((await rewardlab(folder, "init", "made")).code, 0);
    const own = join(folder, "made");
    const { code, stdout, stderr } = await rewardlab(own, "run");
    assert.is(code, 0, stdout + stderr);
    const percent = (value: number) => (100 * value).toFixed(1);
    const rows = ["baseline", "without division"].map((cell) => {
      const [first, second] = [1, 2].map((seed) => {
        const stages = JSON.parse(readFileSync(join(own, `runs/first-experiment/${cell}/seed-${seed}/results.json`), "utf8")) as {
          name: string;
          results: { accuracy: number };
        }[];
        return Object.fromEntries(stages.map(({ name, results }) => [name, percent(results.accuracy)]));
      });
      return `${first!.before} | ${first!.evaluate}, ${second!.evaluate}`;
    });
    const readme = readFileSync(join(own, "README.md"), "utf8").replaceAll(/ +/g, " ");
    for (const row of rows) assert.ok(readme.includes(row), row);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
