// What can't act by construction, with the algorithms that come with RewardLab.

import { gridWarnings, loadExperiment } from "@rewardlab/core/host";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { cannotAct, cannotActLines } from "./cannot-act.ts";
import { registryFor } from "./plugins.ts";

const test = suite("can't act", { folder: "" });
test.before.each((context) => void (context.folder = mkdtempSync(join(tmpdir(), "rewardlab-test-"))));
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

const experiment = (more: string) => `name: small
model: { use: tiny-vlm, width: 16, layers: 1, hiddenSize: 16 }
data: { use: scenes, train: 8, test: 4 }
stages:
  - rl:
      use: rl
      algorithm: stable-reinforce
      iterations: 2
      rollout: { prompts: 4, samplesPerPrompt: 2, maxNewTokens: 8 }
      optimizer: { use: adamw, learningRate: 1e-3 }
${more}`;
async function found(folder: string, more = "", set: string[] = []) {
  writeFileSync(join(folder, "x.yaml"), experiment(more));
  const loaded = await loadExperiment(join(folder, "x.yaml"), { registryFor, set });
  const warnings = gridWarnings(loaded).filter(({ kind }) => kind === "cannot-act");
  return {
    paths: cannotAct(loaded).map(({ path }) => path.replace("stages.rl.", "")),
    lines: cannotActLines(cannotAct(loaded), loaded.cells.length),
    warnings,
  };
}

test("one update a rollout: no ratio moves from 1; two updates: both clips act", async ({ folder }) => {
  const { paths, lines } = await found(folder);
  assert.equal(paths, ["advantage.score-clip", "loss.ratio", "loss.surrogate"]);
  assert.match(
    lines[1]!,
    /^stages\.rl\.loss\.ratio: each rollout is used for one update, so every ratio is 1\. It takes more epochs, or a minibatch/,
  );
  for (const set of ["stages.rl.update.minibatch=4", "stages.rl.update.epochs=2"])
    assert.equal((await found(folder, "", [set])).paths, ["advantage.score-clip"]);
});

test("a bound on scores: by the rules' ranges and the formula", async ({ folder }) => {
  const { lines } = await found(folder);
  assert.match(lines[0]!, /scores lie between 0 and 2\./); // 1·(1 + ½) + ½
  const twoUpdates = "stages.rl.update.epochs=2";
  assert.equal((await found(folder, "", [twoUpdates, "stages.rl.advantage.score-clip.high=1.9"])).paths, []);
});

test("a filter beyond the largest deviation that so many tokens can have", async ({ folder }) => {
  // 2 responses of at most 5 tokens: √9 = 3 population deviations
  const small = ["stages.rl.rollout={ prompts: 1, samplesPerPrompt: 2, maxNewTokens: 5 }"];
  assert.ok((await found(folder, "", small)).paths.includes("advantage.three-sigma-filter"));
  assert.not.ok(
    (await found(folder, "", [...small, "stages.rl.rollout.maxNewTokens=6"])).paths.includes("advantage.three-sigma-filter"),
  );
});

test("coefficients of 0: a KL, a rule's weight", async ({ folder }) => {
  const { paths } = await found(folder, "", [
    "stages.rl.kl.coefficient=0",
    "stages.rl.reward.formula=accuracy + 0 * consistency",
  ]);
  assert.equal(paths.slice(0, 3), ["reward.rules.format", "reward.rules.consistency", "kl"]);
});

test("comparisons of what differs only in what can't act are told, and no others", async ({ folder }) => {
  const ablation = `ablate:
  baseline: { stages.rl.optimizer.learningRate: 1e-4 }
  leaveOneOut:
    pre-clip: { stages.rl.loss.ratio: token }
    clip: { stages.rl.loss.surrogate: dual-clip }
    scores: { stages.rl.advantage: { without: score-clip } }
    filter: { stages.rl.advantage: { without: three-sigma-filter } }
    form: { stages.rl.loss.surrogate: plain }
`;
  const { warnings } = await found(folder, ablation);
  assert.equal(
    warnings.map(({ cell, paths }) => [cell, ...paths]),
    [
      ["without pre-clip", "stages.rl.loss.ratio"],
      ["without clip", "stages.rl.loss.surrogate"],
      ["without scores", "stages.rl.advantage.score-clip"],
    ],
  );
  assert.match(
    warnings[0]!.message,
    /without pre-clip and full can only give the same result: stages\.rl\.loss\.ratio can't act/,
  );
  const acting = await found(folder, ablation, ["stages.rl.update.minibatch=4"]);
  assert.equal(
    acting.warnings.map(({ cell }) => cell),
    ["without scores"],
  );
});

test.run();
