// node --conditions=@rewardlab/source --import tsx tools/site/write-measured.ts [runs/algorithms]
// writes experiments/algorithms/results.json, which the algorithms' pages show, from the runs of that experiment.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { measuredFile } from "./measured.ts";
import type { Measured, MeasuredAlgorithm } from "./measured.ts";

interface StageResults {
  readonly name: string;
  readonly results?: { readonly accuracy?: number; readonly voting?: Readonly<Record<string, number>> };
}

const folder = process.argv[2] ?? "runs/algorithms";
const read = (...path: string[]) => readFileSync(join(folder, ...path), "utf8");

const algorithms: Record<string, MeasuredAlgorithm> = {};
for (const cell of readdirSync(folder).filter((name) => name.startsWith("algorithm="))) {
  const seeds = readdirSync(join(folder, cell)).toSorted();
  const runs = seeds.map((seed) => {
    const stages = JSON.parse(read(cell, seed, "results.json")) as StageResults[];
    const lines = read(cell, seed, "metrics.jsonl").trim().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
    return { before: stages.find(({ name }) => name === "before")!.results!, after: stages.find(({ name }) => name === "evaluate")!.results!, lines };
  });
  const numbers = (metric: string) => runs.flatMap(({ lines }) => lines.flatMap((line) => (typeof line[metric] === "number" ? [line[metric]] : [])));
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
const measured: Measured = { measuredOn: new Date().toISOString().slice(0, 10), algorithms };
writeFileSync(fileURLToPath(new URL(`../../${measuredFile}`, import.meta.url)), await format(JSON.stringify(measured), { parser: "json", printWidth: 130 }));
console.log(`${Object.keys(algorithms).length} algorithms in ${measuredFile}`);
