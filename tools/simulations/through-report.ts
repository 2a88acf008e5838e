import { readGrid, summarise } from "@rewardlab/report";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Claims } from "./claims.ts";
import { drawsOf } from "./random.ts";
import { shareOf } from "./shares.ts";
import { gridOf, METRICS, rareItems } from "./world.ts";
import type { Measured, Metric, World } from "./world.ts";

const PATHS: Readonly<Record<Metric, string>> = {
  accuracy: "evaluate.accuracy",
  voting: "evaluate.voting.15",
  "rare kind": "evaluate.byKind.rare.accuracy",
  "common kind": "evaluate.byKind.common.accuracy",
  "ACC+": "evaluate.accuracyPlus",
};

/**
 * The whole way: grids of variants that do nothing are written as folders of runs, read and summarised, and what is said of them counted. ACC+ is here what an
 * evaluation measures, the chance that all answers to a picture's questions are right, one sample each.
 */
export function reportedOf(world: World, grids: number, name: string): Claims[] {
  const draw = gridOf(world, drawsOf(name));
  const studies = new Map(METRICS.map((metric) => [PATHS[metric], { metric, called: [] as number[], covered: [] as number[] }]));
  for (let grid = 0; grid < grids; grid++) {
    const root = mkdtempSync(join(tmpdir(), "simulated-grid-"));
    writeGrid(root, world, draw());
    const { comparisons, alsoCompared } = summarise(readGrid(root));
    rmSync(root, { recursive: true });
    for (const [path, { called, covered }] of studies) {
      const own = [...comparisons, ...alsoCompared].filter(({ metric }) => metric === path);
      if (own.length !== world.variants || own.some(({ interval }) => interval?.over !== "seeds and items"))
        throw new Error(`${path}: ${own.length} comparisons, expected ${world.variants} over seeds and items`);
      called.push(Number(own.some(({ distinguishable }) => distinguishable)));
      covered.push(own.filter(({ interval }) => interval!.low <= 0 && 0 <= interval!.high).length / own.length);
    }
  }
  return [...studies.values()].map(({ metric, called, covered }) => ({
    metric,
    called: shareOf(called),
    coverage: shareOf(covered),
  }));
}

function writeGrid(root: string, world: World, measured: Measured): void {
  const seeds = Array.from({ length: world.seeds }, (_, seed) => seed + 1);
  const cells = Array.from({ length: world.variants + 1 }, (_, variant) => `variant ${variant}`);
  const [compare, ...alsoCompare] = Object.values(PATHS);
  writeJson(join(root, "grid.json"), {
    name: "simulated",
    seeds,
    compare,
    alsoCompare,
    cells: cells.map((name, variant) => ({ name, folder: `cell-${variant}`, baseline: variant === 0 })),
  });
  for (const variant of cells.keys())
    for (const seed of seeds) {
      const folder = join(root, `cell-${variant}`, `seed-${seed}`);
      mkdirSync(folder, { recursive: true });
      writeJson(join(folder, "status.json"), { status: "done" });
      const results = evaluationOf(world, measured.accuracy[variant]![seed - 1]!);
      writeJson(join(folder, "results.json"), [
        { name: "evaluate", use: "evaluate", key: `${variant}/${seed}`, folder: "evaluate", results },
      ]);
    }
}

/** What an evaluation writes of items with these shares of right samples. */
function evaluationOf(world: World, shares: Float64Array) {
  const rare = rareItems(world);
  const perItem = [...shares];
  const right = perItem.map((share) => Math.round(share * world.samples));
  const halves = right.map((count) => (2 * count > world.samples ? 2 : 2 * count < world.samples ? 0 : 1));
  const pictures = perItem.flatMap((share, item) => (item % 2 === 1 ? [share * perItem[item - 1]!] : []));
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  return {
    split: "test",
    items: perItem.length,
    samples: world.samples,
    accuracy: mean(perItem),
    accuracyPlus: mean(pictures),
    voting: { "15": mean(halves) / 2 },
    byKind: {
      rare: { items: rare, accuracy: mean(perItem.slice(0, rare)) },
      common: { items: perItem.length - rare, accuracy: mean(perItem.slice(rare)) },
    },
    unreadable: 0,
    perItem,
    votesPerItem: right.map((count) => [count, world.samples - count]),
    byItem: {
      items: perItem.map((_, item) => `item${item}`).join(" "),
      kinds: { names: ["rare", "common"], of: perItem.map((_, item) => Number(item >= rare)).join(" ") },
      groups: perItem.map((_, item) => Math.floor(item / 2)).join(" "),
      voting: { "15": halves.join(" ") },
      rules: {},
    },
  };
}

const writeJson = (path: string, value: unknown) => writeFileSync(path, JSON.stringify(value));
