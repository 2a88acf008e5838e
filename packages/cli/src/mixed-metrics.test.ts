import { advantageStep, definePlugin } from "@rewardlab/core";
import { buildRegistry, loadExperiment } from "@rewardlab/core/host";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { z } from "zod";
import { mixedMetricLines, mixedMetrics } from "./mixed-metrics.ts";
import { registryFor } from "./plugins.ts";

const test = suite("mixed metrics", { folder: "" });
test.before.each((context) => void (context.folder = mkdtempSync(join(tmpdir(), "rewardlab-test-"))));
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

const step = (name: string, meaning: string) =>
  advantageStep({
    name,
    summary: "a step",
    takes: "tokens",
    gives: "tokens",
    options: z.strictObject({}),
    metrics: { cut: { title: "Cut", meaning } },
    create: () => ({ apply: (values) => values }),
  });
const plugin = definePlugin({ name: "more", api: "^1", components: [step("one", "Set to 0."), step("other", "Left out.")] });
async function grid(folder: string, ...chains: string[]) {
  const file = join(folder, "x.yaml");
  const all = chains.map((chain) => `[discounted-return, ${chain}]`).join(", ");
  writeFileSync(
    file,
    `name: small
model: tiny-vlm
data: scenes
stages:
  - rl:
      use: rl
      algorithm: stable-reinforce
      iterations: 2
      rollout: { prompts: 4, maxNewTokens: 8 }
      optimizer: { use: adamw, learningRate: 1e-3 }
grid: { stages.rl.advantage: [${all}] }
`,
  );
  const { plugins } = await registryFor([], folder);
  const registry = buildRegistry([...plugins, { plugin, version: "0", integrity: null }]);
  return loadExperiment(file, { registryFor: async () => registry });
}

test("mixed metrics: told once for all cells, by whom and what", async ({ folder }) => {
  assert.equal(mixedMetrics(await grid(folder, "one", "other")), []);
  const mixed = mixedMetrics(await grid(folder, "one", "one, other", "one, other, whiten"));
  assert.is(mixed.length, 1);
  assert.is(mixed[0]!.cells.length, 2);
  assert.match(
    mixedMetricLines(mixed)[0]!,
    /^metric cut of stages\.rl \(.+, .+\) mixes what its components mean by it: advantage one: Cut\. Set to 0; advantage other: Cut\. Left out\./,
  );
});

test.run();
