// Whoever counts a metric says what it means: the glossary's table is what is declared, and the report's sources name no component, algorithm or component's metric.

import { registryFor } from "@rewardlab/cli";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withMetricsTable } from "../tools/glossary/metrics-table.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const registry = await registryFor([], join(root, "packages"));

test("the glossary's table of metrics is up to date: else npm run docs", async () => {
  const page = readFileSync(join(root, "docs/glossary.md"), "utf8");
  assert.is(await withMetricsTable(page), page);
  assert.match(page, /\| `preClippedFraction` +\| share of tokens/);
});

/** Kinds whose parts are the method. A stage is the pipeline's own: its results' form is what the report reads. */
const kinds = [
  "advantage",
  "ratio",
  "surrogate",
  "aggregate",
  "kl",
  "reward",
  "sampler",
  "model",
  "dataset",
  "optimizer",
  "schedule",
] as const;
const bare = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9+]/g, "");

/** What a source would have to say to know a component: a name of several words however it is written, a name of one as a text by itself, a metric's. */
function namesIn(source: string, names: { readonly parts: readonly string[]; readonly metrics: readonly string[] }): string[] {
  const squeezed = bare(source);
  const parts = names.parts.filter((name) =>
    /[-+0-9]/.test(name) && bare(name).length > 4 ? squeezed.includes(bare(name)) : source.includes(`"${name}"`),
  );
  return [...parts, ...names.metrics.filter((name) => new RegExp(`\\b${name}\\b`).test(source))];
}

test("no component, algorithm or component's metric is named in the report's sources", () => {
  const parts = [...kinds.flatMap((kind) => registry.names(kind)), ...registry.names("algorithm")];
  const metrics = kinds.flatMap((kind) =>
    registry.names(kind).flatMap((name) => Object.keys(registry.component(kind, name)!.metrics ?? {})),
  );
  assert.ok(parts.length > 40 && metrics.length > 20, `${parts.length} parts, ${metrics.length} metrics`);
  const known = { parts, metrics };
  for (const text of ["// (Pre-CLIP) begins", "values.filteredFraction", 'use === "whiten"', "StableReinforce"])
    assert.ok(namesIn(text, known).length > 0, `${text} is found`);
  const folder = join(root, "packages/report/src");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (path) => path.endsWith(".ts") && !path.endsWith(".test.ts") && !path.startsWith("testing"),
  );
  assert.ok(files.length > 50, `${files.length} files`);
  for (const path of files) assert.equal(namesIn(readFileSync(join(folder, path), "utf8"), known), [], path);
});

test.run();
