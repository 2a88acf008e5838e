// grid.json as `run` writes it and as the report reads it.

import { loadExperiment, plainCell, runKey } from "@rewardlab/core/host";
import { readGrid } from "@rewardlab/report";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { runsOf, seedsPlanned, seedCountText, writeGrid } from "./grid.ts";
import { registryFor } from "./plugins.ts";

const test = suite("grid", { folder: "" });
test.before.each((context) => void (context.folder = mkdtempSync(join(tmpdir(), "rewardlab-test-"))));
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

const experiment = `name: small
model: { use: tiny-vlm, width: 16, layers: 1, hiddenSize: 16 }
data: { use: scenes, train: 8, test: 4 }
stages:
  - coldStart: { use: sft, phases: [{ steps: 3, batch: 4, learningRate: 1e-3 }], optimizer: { use: adamw, learningRate: 1e-3 } }
  - rl: { use: rl, algorithm: stable-reinforce, iterations: 2, rollout: { prompts: 4, maxNewTokens: 8 }, optimizer: { use: adamw, learningRate: 1e-3 } }
  - evaluate: { use: evaluate, maxNewTokens: 8 }
`;

test("seeds of stages: runs, their labels, and what the report finds of them", async ({ folder }) => {
  const load = (seeds: string) => {
    writeFileSync(join(folder, "x.yaml"), `${experiment}seeds: ${seeds}\n`);
    return loadExperiment(join(folder, "x.yaml"), { registryFor });
  };
  const written = (loaded: Awaited<ReturnType<typeof load>>) => {
    writeGrid(loaded, folder, true, seedsPlanned(loaded, folder, assert.unreachable));
    return readGrid(folder);
  };
  const few = await load("{ coldStart: 2, rl: 2 }");
  assert.equal(
    runsOf(few).map(({ label }) => label),
    ["coldStart 1 · rl 1", "coldStart 1 · rl 2", "coldStart 2 · rl 1", "coldStart 2 · rl 2"],
  );
  assert.is(seedCountText(few), "4 seeds (2 of coldStart × 2 of rl)");
  const grid = written(few);
  assert.equal(grid.seedLevels, few.seedLevels);
  assert.equal(
    grid.cells[0]!.runs.map(({ seed, seeds, status }) => [seed, seeds.coldStart, seeds.rl, seeds.evaluate, status]),
    [
      [1001, 1, 1, 0, "queued"],
      [1002, 1, 2, 0, "queued"],
      [2001, 2, 1, 0, "queued"],
      [2002, 2, 2, 0, "queued"],
    ],
  );

  // One run is finished; then seeds are added.
  const key = runKey(few, few.cells[0]!, 1001);
  const run = join(folder, "main", "seed-1001");
  mkdirSync(run, { recursive: true });
  writeFileSync(join(run, "status.json"), JSON.stringify({ status: "done", reason: null, key }));
  writeFileSync(join(run, "results.json"), "[]");
  const { seedsHistory } = written(await load("{ coldStart: 2, rl: 3 }"));
  assert.equal(
    seedsHistory.map(({ seeds, added, finished }) => [seeds.length, added, finished]),
    [
      [4, [], 0],
      [6, [1003, 2003], 1],
    ],
  );
});

test("the guide's changes of a chain are what they say", async ({ folder }) => {
  const guide = readFileSync(new URL("../../../docs/guides/experiment-file.md", import.meta.url), "utf8");
  const [, block = ""] = /### Chains, by the names of their steps[^]*?```yaml\n([^]*?)```/.exec(guide) ?? [];
  const lines = block.trim().split("\n");
  assert.is(lines.length, 6);
  const variants = lines.map((line, index) => `  ${index}: { ${line.replace(/ #.*/, "")} }`);
  writeFileSync(
    join(folder, "x.yaml"),
    `${experiment.replace("prompts: 4,", "prompts: 4, samplesPerPrompt: 2,")}ablate:\n variants:\n${variants.join("\n")}\n`,
  );
  const { cells } = await loadExperiment(join(folder, "x.yaml"), { registryFor });
  const chains = cells.map((cell) => {
    const { stages } = plainCell("x", cell) as { stages: { rl?: { advantage: { use: string }[] } }[] };
    return stages
      .find(({ rl }) => rl)!
      .rl!.advantage.map(({ use }) => use)
      .join(" ");
  });
  const whole = "score-clip discounted-return whiten three-sigma-filter";
  assert.equal(chains, [
    whole.replace(" three-sigma-filter", ""),
    whole,
    whole.replace("discounted-return", "group-centre discounted-return"),
    whole.replace("discounted-return", "discounted-return clip"),
    whole,
    whole,
  ]);
});

test.run();
