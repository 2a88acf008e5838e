// experiments/debug is what one tries first after a change: it must reach every kind of stage, quickly, and complain of nothing.

import { registryFor } from "@rewardlab/cli";
import { loadExperiment, standardComponents } from "@rewardlab/core/host";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { rewardlab, temporaryFolder } from "./command.ts";

const file = fileURLToPath(new URL("../experiments/debug/debug.yaml", import.meta.url));

test("debug: it has every kind of stage that comes with core, and a run writes a checkpoint", async () => {
  const { cells } = await loadExperiment(file, { registryFor });
  const used = new Set(cells[0]!.stages.map(({ stage }) => stage.component.name));
  const stages = standardComponents.filter(({ kind }) => kind === "stage").map(({ name }) => name);
  assert.ok(stages.length >= 3);
  assert.equal(
    stages.filter((name) => !used.has(name)),
    [],
  );
});

test("debug: it runs to its end, and nothing in it can't act", async () => {
  const folder = temporaryFolder();
  try {
    const started = performance.now();
    const { code, stdout, stderr } = await rewardlab(folder, "run", file, "--json");
    assert.is(code, 0, stderr);
    assert.not.match(stdout + stderr, "can't act");
    const status = JSON.parse(readFileSync(join(folder, "runs/debug/main/seed-1/status.json"), "utf8")) as { status: string };
    assert.is(status.status, "done");
    // Seconds, as its first lines say; the bound leaves room for a machine that does much else.
    assert.ok(performance.now() - started < 120_000);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
