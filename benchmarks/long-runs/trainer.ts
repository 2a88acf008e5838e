import { definePlugin, reward } from "@rewardlab/core";
import { buildRegistry, createContainer, loadExperiment, runPipeline, standardComponents } from "@rewardlab/core/host";
import algoGrpo from "@rewardlab/algo-grpo";
import engines, { startEngine } from "@rewardlab/engines";
import * as tf from "@tensorflow/tfjs-core";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { z } from "zod";
import { writeInputs } from "../frameworks/inputs.ts";
import { configNamed } from "../frameworks/sizes.ts";
import { benchmarkPlugin, evenShare } from "../frameworks/text-decoder.ts";

/**
 * `rewardlab run`'s own pipeline on a decoder of 5,000 parameters and two prompts an iteration: all that happens in a run happens, and 10,000
 * iterations take minutes. `observe` is called in each iteration, between rollout and update, by the rule that rewards.
 */
export async function longRun(
  engine: string,
  iterations: number,
  observe: (iteration: number) => void | Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "rewardlab-long-run-"));
  try {
    tf.env().set("PROD", true);
    const standard = definePlugin({ name: "@rewardlab/core", api: "^1", components: standardComponents });
    const plugins = [standard, algoGrpo, engines, benchmarkPlugin, observing(observe)];
    const registry = buildRegistry(plugins.map((plugin) => ({ plugin, version: "", integrity: null })));
    const container = createContainer(registry);
    const file = join(folder, "experiment.yaml");
    writeFileSync(file, stringify(experimentOf(folder, iterations)));
    const experiment = await loadExperiment(file, { set: [], registryFor: async () => registry });
    await runPipeline({
      experiment,
      cell: experiment.cells[0]!,
      seed: 1,
      root: join(folder, "runs"),
      useShipped: false,
      container,
      startEngine: () => startEngine(engine, registry, container),
      progress: { update: () => {}, note: () => {} },
      signal: new AbortController().signal,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The share of even tokens, and a look at the process. */
function observing(observe: (iteration: number) => void | Promise<void>) {
  let iteration = 0;
  const rule = reward({
    name: "observed-even-tokens",
    summary: "share of even tokens",
    options: z.strictObject({}),
    create: () => ({
      score: async ({ responses }) => {
        await observe(++iteration);
        return responses.map((text) => evenShare(text.split(" ").map(Number)));
      },
    }),
  });
  return definePlugin({ name: "observer", api: "^1", components: [rule] });
}

function experimentOf(folder: string, iterations: number): object {
  const config = configNamed("tiny");
  const { weights, inputs } = writeInputs(folder, config);
  return {
    name: "long-run",
    engine: "auto", // started by `longRun`
    model: { use: "text-decoder", weights, ...config.decoder },
    data: { use: "benchmark-prompts", file: inputs },
    stages: [
      {
        rl: {
          use: "rl",
          algorithm: "grpo",
          iterations,
          rollout: { prompts: 2, samplesPerPrompt: 2, maxNewTokens: 4 },
          reward: { rules: { even: "observed-even-tokens" }, formula: "even" },
          kl: { use: "k3", in: "loss", coefficient: 0.04 },
          optimizer: { use: "adamw", learningRate: 1e-5 },
          collapse: null,
          checkpointEvery: 100,
        },
      },
    ],
  };
}
