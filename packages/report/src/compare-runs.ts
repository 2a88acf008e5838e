import { InputError, suggestion } from "@rewardlab/core";
import { differences, seedLabel } from "@rewardlab/core/host";
import { readJson } from "@rewardlab/storage";
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { metricValue } from "./metric.ts";
import { finiteOf, listOf, recordOf, textOf } from "./plain.ts";
import type { Plain } from "./plain.ts";
import { readLevels } from "./read-grid.ts";
import type { Grid, GridCell, SeedLevel } from "./read-grid.ts";
import { readRun } from "./read-run.ts";
import type { GridRun } from "./grid-run.ts";
import { settingsOf, settingsProblem } from "./settings.ts";
import { seedText } from "./seed-text.ts";
import { counted, listing } from "./wording.ts";

export interface CompareRunsOptions {
  /** `<stage>.<metric>`; by default that of the runs' grids. */
  readonly metric?: string | undefined;
}

/**
 * A grid of finished runs from anywhere: folders of runs, of cells (their seeds are theirs), or of whole grids (all their cells). Runs of one cell are one
 * variant; the first variant named is the baseline. What can't be compared is refused, with the reason.
 */
export function gridOfRuns(paths: readonly string[], { metric }: CompareRunsOptions = {}): Grid {
  const found = paths.flatMap(runsAt);
  const twice = found.find(({ folder }, index) => found.findIndex((one) => one.folder === folder) < index);
  if (twice) refuse(`${shown(twice.folder)} is given twice`);
  const byCell = new Map<string, FoundRun[]>();
  for (const run of found) byCell.set(run.cellFolder, [...(byCell.get(run.cellFolder) ?? []), run]);
  if (byCell.size < 2)
    refuse(
      `${byCell.size === 0 ? "no run is given" : `all runs given are of one variant, ${shown([...byCell.keys()][0]!)}`}, expected runs of two or more`,
    );
  const compare = metric ?? commonMetric(found);
  const names = namesOf([...byCell]);
  const levels = commonLevels(found);
  const cells = [...byCell].map(([cellFolder, places], index): GridCell => {
    const name = names.get(cellFolder)!;
    const runs = places.map(({ root, shipped, seed, folder }) =>
      readRun({ root, shipped }, { cell: name, seed, label: seedLabel(levels, seed), key: null, folder }),
    );
    const none = { levels: {}, differences: [], changes: [], differencesUnknown: null };
    return { name, baseline: index === 0, against: null, ...none, runs };
  });
  checkFinished(cells);
  checkSameSettings(cells);
  checkSameData(cells);
  checkMetric(cells, compare);
  const described = cells.map(settingsOfCell);
  const [first] = described;
  const withDifferences = cells.map((cell, index) => {
    const { settings, problem } = described[index]!;
    const own = first!.settings && settings ? differences(first!.settings, settings) : [];
    return { ...cell, differences: own, changes: own, differencesUnknown: problem ?? (index === 0 ? null : first!.problem) };
  });
  return {
    root: process.cwd(),
    roots: [...new Set(found.map(({ root }) => root))],
    name: cells.length <= 3 ? cells.map(({ name }) => name).join(" against ") : `${cells.length} variants`,
    description: null,
    file: null,
    compare,
    alsoCompare: [],
    seeds: [...new Set(cells.flatMap(({ runs }) => runs.map(({ seed }) => seed)))].sort((a, b) => a - b),
    seedLevels: levels,
    seedsHistory: [],
    factors: [],
    gathered: true,
    cells: withDifferences,
    notes: unpaired(cells, levels),
  };
}

function refuse(why: string): never {
  throw new InputError("RL_COMPARE", `compare: ${why}`);
}

const shown = (path: string) => relative(process.cwd(), path) || ".";
/** A message that names a file, with its path as it is told. */
const shownIn = (text: string) => text.replaceAll(`${process.cwd()}/`, "");

// ---------------------------------------------------------------- which runs

interface FoundRun {
  readonly folder: string;
  readonly cellFolder: string;
  readonly root: string;
  readonly shipped: string | null;
  readonly seed: number;
}

function runsAt(path: string): FoundRun[] {
  const folder = resolve(path);
  if (!existsSync(folder) || !statSync(folder).isDirectory()) refuse(`${path} is no folder${near(folder)}`);
  if (existsSync(join(folder, "grid.json"))) {
    const cells = listOf(recordOf(readJson(join(folder, "grid.json"))).cells).map((cell) => textOf(recordOf(cell).folder));
    return cells.flatMap((cell) => (cell === null ? [] : seedsIn(join(folder, cell))));
  }
  if (existsSync(join(folder, "status.json"))) return [runAt(folder)];
  const seeds = seedsIn(folder);
  if (seeds.length === 0) refuse(`${path} holds no run, expected the folder of a run (seed-1), of a cell, or of a grid`);
  return seeds;
}

function seedsIn(folder: string): FoundRun[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, "status.json")))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .map((name) => runAt(join(folder, name)));
}

function runAt(folder: string): FoundRun {
  const cellFolder = dirname(folder);
  const root = dirname(cellFolder);
  const file = textOf(gridAt(root).file);
  const written = finiteOf(provenanceOf(folder).seed) ?? Number(/^seed-(\d+)$/.exec(basename(folder))?.[1] ?? NaN);
  if (!Number.isFinite(written))
    refuse(`${shown(folder)}: can't tell its seed, expected a folder named seed-<n> or a provenance.json`);
  return { folder, cellFolder, root, shipped: file === null ? null : join(dirname(resolve(file)), "artefacts"), seed: written };
}

function near(folder: string): string {
  const parent = dirname(folder);
  return existsSync(parent) ? `.${suggestion(basename(folder), readdirSync(parent))}` : "";
}

const gridAt = (root: string) => recordOf(readJson(join(root, "grid.json")));
const provenanceOf = (folder: string) => recordOf(readJson(join(folder, "provenance.json")));

/** Cell names where they tell the variants apart; else with their experiment, else by their paths. */
function namesOf(cells: readonly (readonly [folder: string, runs: readonly FoundRun[]])[]): ReadonlyMap<string, string> {
  const written = cells.map(([, runs]) => provenanceOf(runs[0]!.folder));
  const ways = [
    written.map(({ cell }, index) => textOf(cell) ?? basename(cells[index]![0])),
    written.map(({ experiment, cell }, index) => `${textOf(experiment) ?? "?"}: ${textOf(cell) ?? basename(cells[index]![0])}`),
    cells.map(([folder]) => shown(folder)),
  ];
  const names = ways.find(
    (some) => new Set(some).size === some.length && !(some.length > 1 && some.every((name) => name === "main")),
  )!;
  return new Map(cells.map(([folder], index) => [folder, names[index]!]));
}

// ---------------------------------------------------------------- what can't be compared

/** What the runs' grids compare by; it must be one thing. */
function commonMetric(runs: readonly FoundRun[]): string | null {
  const metrics = new Map(runs.map(({ root, cellFolder }) => [textOf(gridAt(root).compare), cellFolder]));
  if (metrics.size <= 1) return [...metrics.keys()][0] ?? null;
  return refuse(
    `the runs' grids are compared by different metrics (${[...metrics].map(([metric, folder]) => `${metric ?? "none"} in ${shown(dirname(folder))}`).join(", ")}); choose one with --metric`,
  );
}

/** The stages with seeds of their own; those of all the runs' grids must be the same ones, since a run's number has no meaning without them. */
function commonLevels(runs: readonly FoundRun[]): SeedLevel[] {
  const of = new Map(runs.map(({ root }) => [root, readLevels(gridAt(root))]));
  const [[first, levels] = ["", []], ...others] = [...of];
  const stages = (some: readonly SeedLevel[]) => some.map(({ stage }) => stage).join(", ") || "no stage";
  const other = others.find(([, some]) => stages(some) !== stages(levels));
  if (other)
    refuse(
      `seeds are of different stages: in ${shown(first)} ${stages(levels)} has seeds of its own, in ${shown(other[0])} ${stages(other[1])}; runs can't be paired by them`,
    );
  return levels.map(({ stage }) => ({
    stage,
    seeds: [...new Set([...of.values()].flatMap((some) => some.find((one) => one.stage === stage)!.seeds))].sort((a, b) => a - b),
  }));
}

function checkFinished(cells: readonly GridCell[]): void {
  const open = runsOf(cells).filter(({ status }) => status !== "done" && status !== "collapsed");
  if (open.length === 0) return;
  const each = open
    .slice(0, 5)
    .map(({ folder, status, reason }) => `${shown(folder)} is ${status}${reason ? ` (${reason})` : ""}`);
  refuse(`${each.join("; ")}${open.length > 5 ? `; and ${open.length - 5} more` : ""}: expected finished runs`);
}

/** What the runs of a variant were all run with; why that isn't known where one of them doesn't say. */
function settingsOfCell({ runs }: GridCell): { readonly settings: Plain | null; readonly problem: string | null } {
  const problem = runs.map(({ folder }) => settingsProblem(folder)).find((one) => one !== null) ?? null;
  return { settings: problem === null ? addressed(settingsOf(runs[0]!.folder)) : null, problem: problem && shownIn(problem) };
}

/** Runs of one folder are one variant only where they were run with the same settings: a folder may hold what an earlier version of its experiment left. */
function checkSameSettings(cells: readonly GridCell[]): void {
  for (const { runs } of cells) {
    const known = runs.flatMap((run) => {
      const settings = addressed(settingsOf(run.folder));
      return settings === null ? [] : [{ run, settings }];
    });
    for (const { run, settings } of known.slice(1)) {
      const apart = differences(known[0]!.settings, settings).map(({ path }) => path);
      if (apart.length > 0)
        refuse(
          `${shown(known[0]!.run.folder)} and ${shown(run.folder)} lie in one variant's folder, and were run with different settings (${listing(apart.slice(0, 5))}${apart.length > 5 ? " and more" : ""}); expected runs of one variant`,
        );
    }
  }
}

function checkSameData(cells: readonly GridCell[]): void {
  const [first, ...others] = runsOf(cells);
  const dataOf = (run: GridRun) => run.provenance?.data ?? null;
  for (const run of runsOf(cells))
    if (dataOf(run) === null) refuse(`${shown(run.folder)} doesn't say which data it read, so it can't be compared`);
  const other = others.find((run) => dataOf(run) !== dataOf(first!));
  if (other)
    refuse(
      `${shown(first!.folder)} and ${shown(other.folder)} read different data (${dataOf(first!)!.slice(0, 12)} and ${dataOf(other)!.slice(0, 12)}): a difference between them could be the data's`,
    );
}

/** Each run has the metric, measured on the same split and items. */
function checkMetric(cells: readonly GridCell[], chosen: string | null): void {
  const runs = runsOf(cells);
  const path = chosen ?? `${runs.find(({ after }) => after)?.after?.stage ?? "evaluate"}.accuracy`;
  const stageOf = (run: GridRun) => run.stages.findLast(({ name }) => name === path.split(".")[0]);
  for (const run of runs) {
    if (metricValue(run, path) !== null || run.status === "collapsed") continue;
    const names = run.stages.flatMap(({ name, results }) => Object.keys(recordOf(results)).map((key) => `${name}.${key}`));
    const why = run.problems.find((text) => text.includes("results.json"));
    refuse(`${shown(run.folder)} has no ${path}${why === undefined ? `.${suggestion(path, names)}` : `: ${shownIn(why)}`}`);
  }
  const measured = runs.filter((run) => metricValue(run, path) !== null);
  const test = (run: GridRun) => {
    const { split, items } = recordOf(stageOf(run)?.results);
    return { split: textOf(split), items: finiteOf(items) };
  };
  const [first] = measured;
  const other = measured.find((run) => test(run).split !== test(first!).split || test(run).items !== test(first!).items);
  if (!other) return;
  const told = (run: GridRun) => `${test(run).items ?? "?"} items of ${test(run).split ?? "?"} (${shown(run.folder)})`;
  refuse(`${path} was measured on different questions: ${told(first!)} and ${told(other)}`);
}

const runsOf = (cells: readonly GridCell[]) => cells.flatMap((cell) => cell.runs);

/** What is in no difference, since its seed has no partner. */
function unpaired([baseline, ...others]: readonly GridCell[], levels: readonly SeedLevel[]): string[] {
  const seeds = new Set(baseline!.runs.map(({ seed }) => seed));
  return others.flatMap(({ name, runs }) => {
    const own = new Set(runs.map(({ seed }) => seed));
    const shared = [...own].filter((seed) => seeds.has(seed));
    if (shared.length === 0)
      return [`${name} and ${baseline!.name} have no seed in common, so nothing can be paired and no difference is tested`];
    const alone = [...own].filter((seed) => !seeds.has(seed)).concat([...seeds].filter((seed) => !own.has(seed)));
    return alone.length === 0
      ? []
      : [
          `${counted(alone.length, "seed")} (${listing(alone.map((seed) => seedText(levels, seed)))}) of ${name} and ${baseline!.name} has no partner and counts in no difference`,
        ];
  });
}

/** Settings under the paths that overrides use, without the experiment's name. */
function addressed(settings: Plain | null): Plain | null {
  if (settings === null) return null;
  const { name: _name, stages, ...rest } = settings;
  return { ...rest, stages: Object.assign({}, ...listOf(stages).map(recordOf)) as unknown };
}
