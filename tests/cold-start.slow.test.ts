// Opt-in (npm test -- --slow): makes the quickstart's cold start anew, about three minutes, and compares it with the one that is shipped.
// WebAssembly without relaxed SIMD computes the same bits on every machine, so they are equal to the byte.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseDocument } from "yaml";
import { test } from "uvu";
import * as assert from "uvu/assert";

const root = fileURLToPath(new URL("..", import.meta.url));
const quickstart = join(root, "experiments/quickstart");

test("quickstart: the experiment makes the cold start that is shipped, byte for byte", () => {
  const folder = mkdtempSync(join(tmpdir(), "rewardlab-cold-start-"));
  try {
    // The stages up to the last cold-start stage; a stage's key depends on nothing after it.
    const experiment = parseDocument(readFileSync(join(quickstart, "quickstart.yaml"), "utf8")).toJS() as {
      stages: Record<string, { use: string }>[];
      ablate?: object;
    };
    const last = experiment.stages.findLastIndex((stage) => Object.values(stage)[0]!.use === "sft");
    delete experiment.ablate;
    writeFileSync(
      join(folder, "experiment.yaml"),
      JSON.stringify({ ...experiment, stages: experiment.stages.slice(0, last + 1) }),
    );
    const run = spawnSync(process.execPath, [join(root, "packages/cli/bin/rewardlab.js"), "run", "experiment.yaml"], {
      cwd: folder,
      encoding: "utf8",
    });
    assert.is(run.status, 0, run.stderr);
    for (const name of readdirSync(join(quickstart, "artefacts")))
      assert.ok(
        readFileSync(join(folder, "runs/quickstart/artefacts", name, "model.safetensors")).equals(
          readFileSync(join(quickstart, "artefacts", name, "model.safetensors")),
        ),
        name,
      );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
