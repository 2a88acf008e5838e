import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Files, InputError, suggestion } from "@rewardlab/core";
import { createContainer, loadExperiment, policyOfRun } from "@rewardlab/core/host";
import type { Cell, Experiment } from "@rewardlab/core/host";
import { startEngine } from "@rewardlab/engines";
import { sha256, shortPath, writeFileAtomic, writeFolderAtomic } from "@rewardlab/storage";
import { untilTheEnd } from "../containers.ts";
import { cellOf } from "../cell-of.ts";
import { MOST_RUNS } from "../grid.ts";
import { registryFor } from "../plugins.ts";

interface ExportModelOptions {
  readonly cell?: string;
  readonly seed: number;
  readonly format: string;
  readonly to: string;
  readonly runs: string;
  readonly set: readonly string[];
  readonly json?: boolean;
}

const formats: Readonly<Record<string, "whole" | "adapter">> = { hf: "whole", peft: "adapter" };

/** Writes the policy of a finished run as others read it, with a card that says what it is. */
export async function exportModel(file: string, options: ExportModelOptions): Promise<void> {
  const what = formats[options.format];
  if (what === undefined)
    throw new InputError(
      "RL_FLAG",
      `--format: "${options.format}" is given, expected hf or peft.${suggestion(options.format, Object.keys(formats))}`,
    );
  const to = resolve(options.to);
  if (existsSync(to) && readdirSync(to).length > 0)
    throw new InputError("RL_FLAG", `--to: ${to} is not empty, expected a new folder`);
  const experiment = await loadExperiment(file, { set: options.set, registryFor, mostRuns: MOST_RUNS });
  const cell = cellOf(experiment, options.cell);
  const root = join(resolve(options.runs), experiment.name);
  const container = untilTheEnd(createContainer(experiment.registry));
  container.provide(Files, { folder: experiment.folder, cache: join(root, "data") });
  await startEngine("cpu", experiment.registry, container);
  const { model, parameters, folder, dispose } = await policyOfRun({ experiment, cell, seed: options.seed, root }, container);
  const { exportTo } = model;
  if (exportTo === undefined)
    throw new InputError(
      "RL_EXPORT",
      `export-model: ${cell.model.component.name} has no form that others read; its weights are in ${join(folder, "model.safetensors")}`,
    );
  try {
    await writeFolderAtomic(to, async (aside) => {
      await exportTo.call(model, parameters, aside, what);
      writeFileAtomic(join(aside, "README.md"), card(experiment, cell, options.seed, folder));
    });
  } finally {
    dispose();
  }
  const written = readdirSync(to).sort();
  console.log(
    options.json
      ? JSON.stringify({ folder: to, files: written }, null, 2)
      : `${shortPath(to, process.cwd())}: ${written.join(", ")}`,
  );
}

/** What trained it, from what, and what was measured. */
function card({ name }: Experiment, cell: Cell, seed: number, run: string): string {
  const read = (file: string) => (existsSync(join(run, file)) ? readFileSync(join(run, file), "utf8") : "null");
  const provenance = JSON.parse(read("provenance.json")) as {
    plugins?: { name: string; version: string }[];
    data?: string;
    stages?: { name: string; use: string; key: string }[];
  } | null;
  const results = JSON.parse(read("results.json")) as { name: string; results: unknown }[] | null;
  const lines = [
    "---",
    "library_name: transformers",
    "tags: [reward-model, rewardlab]",
    "---",
    "",
    `# ${name}, ${cell.name}, seed ${seed}`,
    "",
    "A policy that judges which of two responses is better, trained with RewardLab. Settings: `experiment.yaml` of the run.",
    "",
    `- model: \`${JSON.stringify({ use: cell.model.component.name, ...(cell.model.options as object) })}\``,
    `- weights that were trained, SHA-256: \`${sha256(readFileSync(join(run, "model.safetensors")))}\``,
    `- data, hash: \`${provenance?.data ?? "unknown"}\``,
    ...(provenance?.stages ?? []).map(({ name: stage, use, key }) => `- stage ${stage} (${use}): \`${key}\``),
    ...(provenance?.plugins ?? []).map(({ name: plugin, version }) => `- ${plugin} ${version}`),
    "",
    "## What was measured",
    "",
    "One run says little: the grid's report (`rewardlab report`) has the comparison with its intervals.",
    "",
    "```json",
    JSON.stringify(Object.fromEntries((results ?? []).map((one) => [one.name, one.results])), null, 2),
    "```",
    "",
  ];
  return lines.join("\n");
}
