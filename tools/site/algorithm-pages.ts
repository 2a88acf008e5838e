// A page for each algorithm that the registry has: its equations, its presets, its parts with their code, what is recorded, and what was measured.

import { registryFor } from "@rewardlab/cli";
import { declaredMetrics, isResolved, loadExperiment, plainResolved } from "@rewardlab/core/host";
import type { Registry, Resolved } from "@rewardlab/core/host";
import type { Algorithm, Component, Kind } from "@rewardlab/core";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { anchorOf } from "./kind-pages.ts";
import type { Pages } from "./kind-pages.ts";
import { details, documentation, fence, prose, sourceLink, table } from "./markdown.ts";
import { accuracyText, measuredText, readMeasured, whatItIs } from "./measured.ts";
import type { Measured } from "./measured.ts";
import type { DefinitionSource } from "./sources.ts";

/** The page of each algorithm, and one that lists them. */
export async function algorithmPages(
  root: string,
  registry: Registry,
  sources: ReadonlyMap<string, DefinitionSource>,
): Promise<Pages> {
  const measured = readMeasured(root);
  const algorithms = registry.names("algorithm").map((name) => registry.algorithm(name)!);
  const pages: Pages = new Map();
  for (const algorithm of algorithms)
    pages.set(`algorithms/${pageOf(algorithm.name)}.md`, await page(algorithm, registry, sources, measured));
  pages.set("algorithms/index.md", overview(algorithms, registry, measured));
  return pages;
}

/** An algorithm's name in an address. */
export const pageOf = (name: string) => name.replaceAll("+", "p");

function overview(algorithms: readonly Algorithm[], registry: Registry, measured: Measured): string {
  const rows = algorithms.map(({ name, summary, source }) => [
    `[\`${name}\`](./${pageOf(name)}.md)`,
    prose(summary),
    papers(source),
    accuracyText(measured, name),
    `\`${registry.ownerOf("algorithm", name)}\``,
  ]);
  return `# Algorithms

An algorithm is a named choice of components, its preset: \`algorithm: grpo\` and the composition spelt out are the same experiment, bit for bit. Where a paper and the frameworks differ, each is a variant; [what the same name means](../differences.md) measures by how much.

${table(["algorithm", "what is its own", "source", "accuracy before → after", "package"], rows)}

${whatItIs(measured)}

To write one: [an algorithm in ten minutes](../guides/write-an-algorithm.md).
`;
}

/** arXiv numbers as links. */
function papers(source: string): string {
  return prose(source).replace(/arXiv (\d{4}\.\d{4,5}(?:v\d+)?)/g, "[arXiv $1](https://arxiv.org/abs/$1)");
}

async function page(
  algorithm: Algorithm,
  registry: Registry,
  sources: ReadonlyMap<string, DefinitionSource>,
  measured: Measured,
): Promise<string> {
  const { name, summary, source, presets } = algorithm;
  const written = sources.get(`algorithm ${name}`);
  const stage = await resolvedStage(name);
  const variants = Object.entries(presets);
  return `# ${name}

${prose(summary[0]!.toUpperCase() + summary.slice(1))}. ${papers(source)}. In \`${registry.ownerOf("algorithm", name)}\`${written === undefined ? "" : `, ${sourceLink(written.file)}`}.

## Equations

${written === undefined ? "" : documentation(written.comment)}

## In an experiment

${fence("yaml", stringify([{ rl: { use: "rl", algorithm: name } }], { lineWidth: 110, flowCollectionPadding: true }))}

stands for this, which may be written in its place and changed part by part:

${fence("yaml", yamlOf(presets[variants[0]![0]]))}

${variants.length === 1 ? "" : variantsText(algorithm)}

## Parts

${partsTable(stage)}

${partsCode(stage, sources)}

## What is recorded

A line of \`metrics.jsonl\` for each iteration; with the preset above. What every metric of every component means: [glossary](../glossary.md#metrics).

${metricsTable(stage)}

## Measured

${measuredText(measured, name)}

## Differences from papers and frameworks

[What the same name means](../differences.md#${name.replace(/[^a-z0-9-]/g, "")}) has the variants of \`${name}\` term by term, how far the gradients are from one another, and how near each is to the framework's own numbers.
`;
}

const yamlOf = (value: unknown) => stringify(value, { lineWidth: 110, collectionStyle: "any", flowCollectionPadding: true });

function variantsText({ name, presets, sources, source }: Algorithm): string {
  const [first, ...others] = Object.keys(presets);
  const rows = [first!, ...others].map((variant) => [
    `\`${variant}\`${variant === first ? " (default)" : ""}`,
    papers(sources?.[variant] ?? source),
  ]);
  const spelt = others.map((variant) =>
    details(`\`{ use: ${name}, variant: ${variant} }\``, fence("yaml", yamlOf(presets[variant]))),
  );
  return `### Variants\n\n${table(["variant", "computes what"], rows)}\n\n${spelt.join("\n\n")}`;
}

/** The rl stage as the algorithm's first variant makes it, in an experiment that says no more than it must. */
async function resolvedStage(algorithm: string): Promise<Resolved<"stage">> {
  const folder = mkdtempSync(join(tmpdir(), "rewardlab-site-"));
  try {
    const rl = {
      use: "rl",
      algorithm,
      iterations: 1,
      rollout: { prompts: 2, samplesPerPrompt: 2, maxNewTokens: 8 },
      optimizer: { use: "adamw", learningRate: 1e-4 },
    };
    const reward = { rules: { accuracy: "preference-accuracy" }, formula: "accuracy" };
    const file = join(folder, "experiment.yaml");
    const presets = (await registryFor([], folder)).algorithm(algorithm)!.presets;
    const hasRules = Object.hasOwn((Object.values(presets)[0]!.reward ?? {}) as object, "rules");
    writeFileSync(
      file,
      stringify({ name: "page", model: "tiny-vlm", data: "scenes", stages: [{ rl: hasRules ? rl : { ...rl, reward } }] }),
    );
    const { cells } = await loadExperiment(file, { registryFor });
    return cells[0]!.stages[0]!.stage;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Part {
  readonly path: string;
  readonly component: Component;
  readonly written: string;
}

/** The parts of the method: what an algorithm chooses. Optimizer, schedule and the rules are the experiment's. */
function partsOf(stage: Resolved<"stage">): Part[] {
  const inside = (value: unknown, path: string): Part[] => {
    if (isResolved(value)) return [{ path, component: value.component, written: yamlLine(plainResolved(value)) }];
    if (Array.isArray(value)) return value.flatMap((one) => inside(one, path));
    if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype)
      return Object.entries(value).flatMap(([key, one]) => inside(one, path === "" ? key : `${path}.${key}`));
    return [];
  };
  return inside(stage.options, "").filter(({ component }) => !["optimizer", "schedule", "reward"].includes(component.kind));
}

function yamlLine(value: unknown): string {
  return stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trim();
}

function partsTable(stage: Resolved<"stage">): string {
  const rows = partsOf(stage).map(({ path, component: { kind, name, summary }, written }) => [
    `\`${path}\``,
    `[\`${name}\`](../reference/${kind}.md#${anchorOf(name)})`,
    prose(summary),
    `\`${written}\``,
  ]);
  return table(["slot", "component", "what it is", "with all its options"], rows);
}

function partsCode(stage: Resolved<"stage">, sources: ReadonlyMap<string, DefinitionSource>): string {
  const seen = new Set<string>();
  return partsOf(stage)
    .flatMap(({ component: { kind, name } }) => {
      const key: `${Kind} ${string}` = `${kind} ${name}`;
      const source = sources.get(key);
      if (source === undefined || seen.has(key)) return [];
      seen.add(key);
      return [details(`${kind} ${name}`, `${fence("ts", source.code)}\n\n${sourceLink(source.file)}`)];
    })
    .join("\n\n");
}

function metricsTable(stage: Resolved<"stage">): string {
  const rows = Object.entries(declaredMetrics(stage)).map(([name, { title, unit, of, meaning, by }]) => [
    `\`${name}\``,
    unit === "number" ? "" : `${unit}${of === undefined ? "" : ` of ${of}`}`,
    prose(`${title}. ${meaning}`),
    by.map((one) => `${one.kind} \`${one.name}\``).join(", "),
  ]);
  return table(["metric", "unit", "what it is", "counted by"], rows);
}
