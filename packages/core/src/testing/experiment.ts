import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExperimentError } from "../experiment/problems.ts";
import { loadExperiment } from "../experiment/load.ts";
import type { Experiment } from "../experiment/load.ts";
import type { Plugin } from "../plugin/plugin.ts";
import type { Registry } from "../plugin/registry.ts";
import { fakePlugin } from "./fake-model.ts";
import { registryWith } from "./parts.ts";

/** Core's own components and the fake ones; further plugins after them. */
export function fakeRegistry(...more: readonly Plugin[]): Registry {
  return registryWith(fakePlugin, ...more);
}

/** Loads an experiment from its text. */
export async function loadText(
  text: string,
  set: readonly string[] = [],
  registry: Registry = fakeRegistry(),
): Promise<Experiment> {
  const folder = temporaryFolder();
  try {
    writeFileSync(join(folder, "experiment.yaml"), text);
    return await loadExperiment(join(folder, "experiment.yaml"), { set, registryFor: async () => registry });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What is wrong with an experiment's text: the report without the folder's name. Fails where nothing is. */
export async function problemsOf(text: string, set: readonly string[] = [], registry?: Registry): Promise<string> {
  try {
    await loadText(text, set, registry);
  } catch (error) {
    if (error instanceof ExperimentError) return error.message.replaceAll(error.source.file, "experiment.yaml");
    throw error;
  }
  throw new Error(`this was accepted:\n${text}`);
}

/** A new folder; the test that asked for it takes it away. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "rewardlab-test-"));
}

/** An experiment that is sound: a cold start, a few iterations of RL, an evaluation. */
export const soundExperiment = `name: fake
model: fake
data: fake-items
stages:
  - coldStart: { use: sft, phases: [{ steps: 3, batch: 4, learningRate: 0.1 }], optimizer: { use: adamw, learningRate: 0.1 } }
  - rl:
      use: rl
      algorithm: steady
      iterations: 4
      rollout: { prompts: 4, maxNewTokens: 4 }
      reward: { rules: { right: right }, formula: right }
      optimizer: { use: sgd, learningRate: 0.5 }
  - evaluate: { use: evaluate, maxNewTokens: 4, voting: [1, 3] }
`;
