import { definePlugin } from "@rewardlab/core";
import { buildRegistry, createContainer, loadExperiment, runPipeline, standardComponents } from "@rewardlab/core/host";
import algoGrpo from "@rewardlab/algo-grpo";
import models from "@rewardlab/models";
import engines, { startEngine } from "@rewardlab/engines";
import * as tf from "@tensorflow/tfjs-core";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { withoutFolder } from "./engine-mode.ts";
import type { Runner } from "./hand-loop.ts";
import type { Assignment } from "./messages.ts";
import { watchEngine } from "./overhead.ts";
import type { EngineWatch } from "./overhead.ts";
import { configNamed, training } from "./sizes.ts";
import { benchmarkPlugin } from "./text-decoder.ts";

/** RewardLab's own trainer on the same work: the contenders `trainer wasm`, `trainer tensorflow`. It writes metrics and samples as every run does. */
export async function runTrainer(assignment: Assignment, runner: Runner): Promise<void> {
  if (assignment.task !== "iteration") throw new Error(`benchmarks: the trainer has no task ${assignment.task}`);
  const engine = assignment.contender.split(" ")[1]!;
  tf.env().set("PROD", true);
  const standard = definePlugin({ name: "@rewardlab/core", api: "^1", components: standardComponents });
  const plugins = [standard, algoGrpo, engines, models, benchmarkPlugin];
  const registry = buildRegistry(plugins.map((plugin) => ({ plugin, version: "", integrity: null })));
  const container = createContainer(registry);
  const file = join(assignment.scratch, "experiment.yaml");
  writeFileSync(file, stringify(experimentOf(assignment)));
  const experiment = await loadExperiment(file, { set: [], registryFor: async () => registry });
  const controller = new AbortController();

  let watch: EngineWatch | null = null;
  let began = performance.now();
  let engineBefore = 0;
  const go = () => {
    if (!runner.waitForGo()) return controller.abort();
    engineBefore = watch?.milliseconds() ?? 0;
    began = performance.now();
  };
  const root = join(assignment.scratch, "runs");
  const run = runPipeline({
    experiment,
    cell: experiment.cells[0]!,
    seed: 1,
    root,
    useShipped: false,
    container,
    startEngine: async () => {
      const report = await startEngine(engine, registry, container);
      watch = watchEngine();
      runner.tell({ type: "ready", detail: withoutFolder(report.detail) });
      go();
      return { ...report, ...(report.compiler && { compiler: watch.watched(report.compiler) }) };
    },
    progress: {
      update: () => {
        const ms = performance.now() - began;
        const engineMs = (watch?.milliseconds() ?? 0) - engineBefore;
        runner.tell({ type: "done", ms, parts: { engine: engineMs, overhead: ms - engineMs } });
        go();
      },
      note: () => {},
    },
    signal: controller.signal,
  });
  await run.catch((error: unknown) => {
    if (!controller.signal.aborted) throw error;
  });
  rmSync(root, { recursive: true, force: true });
}

function experimentOf({ config: name, weights, inputs }: Assignment): object {
  const { decoder, rollout, real } = configNamed(name);
  const { clipRange, klCoef, gradientClip, ...optimizer } = training;
  return {
    name: "benchmark",
    engine: "auto", // started by the harness
    model:
      real === undefined
        ? { use: "text-decoder", weights, ...decoder }
        : { use: "hf", path: weights, lora: { from: join(weights, "adapter") } },
    data: { use: real === undefined ? "benchmark-prompts" : "real-prompts", file: inputs, ...(real && { config: name }) },
    stages: [
      {
        rl: {
          use: "rl",
          algorithm: "grpo",
          iterations: 1000,
          rollout: { prompts: rollout.prompts, samplesPerPrompt: rollout.samplesPerPrompt, maxNewTokens: rollout.responseTokens },
          reward: { rules: { even: "even-tokens" }, formula: "even" },
          kl: { use: "k3", in: "loss", coefficient: klCoef },
          loss: { ratio: "token", surrogate: { use: "clip", low: clipRange, high: clipRange }, aggregate: "token-mean" },
          optimizer: { use: "adamw", ...optimizer },
          gradientClip,
          collapse: null,
          checkpointEvery: 1000,
        },
      },
    ],
  };
}
