// node --conditions=@rewardlab/source --import tsx tools/site/write-measured.ts [runs/algorithms]
// writes what the runs of experiments/algorithms measured into its results.json, which the algorithms' pages show, and into its README. What they didn't run
// stays as it was.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { measuredFile, measuredTable, readMeasured } from "./measured.ts";
import type { Measured, MeasuredAlgorithm } from "./measured.ts";

interface StageResults {
  readonly name: string;
  readonly results?: { readonly accuracy?: number; readonly voting?: Readonly<Record<string, number>> };
}

const README = "experiments/algorithms/README.md";
const folder = process.argv[2] ?? "runs/algorithms";
const read = (...path: string[]) => readFileSync(join(folder, ...path), "utf8");

const algorithms: Record<string, MeasuredAlgorithm> = {};
for (const cell of readdirSync(folder).filter((name) => name.startsWith("algorithm="))) {
  const seeds = readdirSync(join(folder, cell)).toSorted();
  const runs = seeds.map((seed) => {
    const stages = JSON.parse(read(cell, seed, "results.json")) as StageResults[];
    const lines = read(cell, seed, "metrics.jsonl")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    return {
      before: stages.find(({ name }) => name === "before")!.results!,
      after: stages.find(({ name }) => name === "evaluate")!.results!,
      lines,
    };
  });
  const numbers = (metric: string) =>
    runs.flatMap(({ lines }) => lines.flatMap((line) => (typeof line[metric] === "number" ? [line[metric]] : [])));
  const clipped = numbers("clipFraction");
  const ratios = numbers("largestRatio");
  algorithms[cell.slice("algorithm=".length)] = {
    before: runs[0]!.before.accuracy!,
    accuracy: runs.map(({ after }) => after.accuracy!),
    votes: runs.map(({ after }) => after.voting!["5"]!),
    largestRatio: ratios.length === 0 ? null : Math.max(...ratios),
    clipFraction: clipped.length === 0 ? null : clipped.reduce((sum, one) => sum + one, 0) / clipped.length,
  };
}
const root = fileURLToPath(new URL("../..", import.meta.url));
const measured: Measured = {
  measuredOn: new Date().toISOString().slice(0, 10),
  algorithms: { ...readMeasured(root).algorithms, ...algorithms },
};
await write(measuredFile, JSON.stringify(measured), "json");
const readme = readFileSync(join(root, README), "utf8");
const [before, after] = readme.split(/<!-- measured -->[^]*<!-- end of measured -->/);
if (after === undefined) throw new Error(`${README}: expected <!-- measured --> … <!-- end of measured --> in it`);
await write(README, `${before}<!-- measured -->\n\n${measuredTable(measured)}\n\n<!-- end of measured -->${after}`, "markdown");
console.log(`${Object.keys(algorithms).length} algorithms in ${measuredFile}`);

async function write(path: string, text: string, parser: string): Promise<void> {
  writeFileSync(join(root, path), await format(text, { parser, printWidth: 130 }));
}
