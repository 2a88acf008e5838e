import { readJson } from "@rewardlab/storage";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "../plugin/plugin.ts";
import type { RunStatus, StageRecord } from "../run/request.ts";
import { fakeRegistry, temporaryFolder } from "./experiment.ts";
import { metricsOf, runText } from "./run.ts";

/** What a run ended with. */
export interface TestRun {
  readonly status: RunStatus["status"];
  /** What each stage gave as its results, by its name. */
  readonly results: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** The lines of metrics.jsonl, one an iteration. */
  readonly metrics: readonly Readonly<Record<string, unknown>>[];
}

/**
 * Runs an experiment of one cell, given as an object, in this process with seed 1, on tfjs's current backend. It may name core's components, those of the
 * plugins, and stand-ins which make a run take milliseconds: the model `fake`, a table of logits with four words, `<answer>1</answer>`, `<answer>2</answer>`,
 * `<think>t</think>` and the end; the data `fake-items`, 24 items in `train` and 12 in `test`; the rule `right`, 1 for a right answer. Its files lie in a
 * temporary folder, which goes afterwards. Throws what a stage throws, and `InputError` for an experiment that is wrong.
 */
export async function runExperiment(experiment: object, ...plugins: readonly Plugin[]): Promise<TestRun> {
  const root = temporaryFolder();
  try {
    const { status } = await runText(JSON.stringify(experiment), root, { registry: fakeRegistry(...plugins) });
    const records = readJson(join(root, "main", "seed-1", "results.json")) as StageRecord[];
    return {
      status,
      results: Object.fromEntries(records.map((record) => [record.name, { ...record.results }])),
      metrics: metricsOf(root),
    };
  } finally {
    rmSync(root, { recursive: true });
  }
}
