import { InputError, suggestion } from "@rewardlab/core";
import { metricPath, seedLabel, valueOfWay } from "@rewardlab/core/host";
import { readJson, readJsonLines, tolerant } from "@rewardlab/storage";
import type { RunStatus, SeedLevel, StageRecord } from "@rewardlab/core/host";
import { existsSync, lstatSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";

/** A run as it lies under runs/: what its files say, whatever the experiment says now. */
export interface FoundRun {
  /** Relative to the runs folder, with /: quickstart/stable-reinforce/seed-1. */
  readonly path: string;
  readonly folder: string;
  readonly experiment: string;
  /** As grid.json names it; else its folder's name. */
  readonly cell: string;
  /** The run's number. */
  readonly seed: number;
  /** What it is called by its seeds: "seed 3"; where several stages have seeds of their own "coldStart 2 · rl 3". */
  readonly label: string;
  readonly status: RunStatus["status"] | "queued";
  readonly reason: string | null;
  /** When its status was last written. */
  readonly when: Date;
  /** Mean score of the last iteration written; null where there is none. */
  readonly score: number | null;
  /** The metric that its grid is compared by. */
  readonly compared: { readonly metric: string; readonly value: number | null } | null;
}

/** All runs under a folder, in the order of their paths. Links are not followed: what they point at is somewhere else's. */
export function findRuns(runsFolder: string): FoundRun[] {
  return foldersIn(runsFolder).flatMap((experiment) => {
    const root = join(runsFolder, experiment);
    const grid = gridOf(root);
    return foldersIn(root)
      .filter((name) => name !== "artefacts" && name !== "data")
      .flatMap((cell) =>
        foldersIn(join(root, cell))
          .filter((name) => /^seed-\d+$/.test(name))
          .sort((a, b) => seedOf(a) - seedOf(b))
          .map((seed) => readRun(runsFolder, grid, { experiment, cell, seed })),
      );
  });
}

/** The runs that a name stands for: an experiment, a cell of it, or one run; as a path below the runs folder, or from here. */
export function runsNamed(all: readonly FoundRun[], runsFolder: string, given: string): FoundRun[] {
  const below = (path: string) => all.filter((run) => run.path === path || run.path.startsWith(`${path}/`));
  const trimmed = given.replace(/[/\\]+$/, "").replaceAll("\\", "/");
  const byCell = all.filter(
    (run) => `${run.experiment}/${run.cell}` === trimmed || `${run.experiment}/${run.cell}/seed-${run.seed}` === trimmed,
  );
  const fromHere = relative(resolve(runsFolder), resolve(given)).split(sep).join("/");
  const found = [below(trimmed), byCell, fromHere === "" || fromHere.startsWith("..") ? [] : below(fromHere)].find(
    (some) => some.length > 0,
  );
  if (found) return found;
  const names = [...new Set(all.flatMap(({ path, experiment }) => [path, experiment, dirname(path)]))];
  throw new InputError(
    "RL_RUN_NAME",
    `there is no run "${given}" in ${runsFolder}.${names.length <= 12 ? suggestion(given, names) : nearest(given, names)}`,
  );
}

function nearest(given: string, names: readonly string[]): string {
  const text = suggestion(given, names);
  return text.startsWith(" Did") ? text : ` \`rewardlab runs\` lists them.`;
}

interface Place {
  readonly experiment: string;
  readonly cell: string;
  readonly seed: string;
}
interface GridNames {
  readonly compare: string | null;
  /** Folder → name. */
  readonly cells: ReadonlyMap<string, string>;
  readonly seedLevels: readonly SeedLevel[];
}

function readRun(runsFolder: string, grid: GridNames, { experiment, cell, seed }: Place): FoundRun {
  const folder = join(runsFolder, experiment, cell, seed);
  const statusFile = join(folder, "status.json");
  const status = read(() => readJson(statusFile)) as Partial<RunStatus> | null | undefined;
  return {
    path: [experiment, cell, seed].join("/"),
    folder,
    experiment,
    cell: grid.cells.get(cell) ?? cell,
    seed: seedOf(seed),
    label: seedLabel(grid.seedLevels, seedOf(seed)),
    status: status?.status ?? "queued",
    reason: status?.reason ?? null,
    when: status?.at === undefined ? statSync(existsSync(statusFile) ? statusFile : folder).mtime : new Date(status.at),
    score: lastScore(folder),
    compared: grid.compare === null ? null : { metric: grid.compare, value: metricValue(folder, grid.compare) },
  };
}

/** `evaluate.accuracy` in results.json: the stage's name, then the way to the number. */
export function metricValue(folder: string, metric: string): number | null {
  const { stage, way } = metricPath(metric);
  const records = read(() => readJson(join(folder, "results.json")));
  const record = Array.isArray(records) ? (records as StageRecord[]).find((one) => one?.name === stage) : undefined;
  const value = valueOfWay(record?.results, way);
  return typeof value === "number" ? value : null;
}

function lastScore(folder: string): number | null {
  const lines = read(() => readJsonLines(join(folder, "metrics.jsonl")))?.lines;
  const last = lines?.at(-1) as { score?: unknown } | null | undefined;
  return last?.score === undefined || last.score === null ? null : Number(last.score);
}

function gridOf(root: string): GridNames {
  const grid = read(() => readJson(join(root, "grid.json"))) as
    | { compare?: unknown; cells?: readonly ({ name?: unknown; folder?: unknown } | null)[]; seedLevels?: unknown }
    | null
    | undefined;
  const cells = Array.isArray(grid?.cells) ? grid.cells : [];
  return {
    compare: typeof grid?.compare === "string" ? grid.compare : null,
    cells: new Map(
      cells.flatMap((cell) => {
        const { name, folder } = cell ?? {};
        return typeof name === "string" && typeof folder === "string" ? [[folder, name] as const] : [];
      }),
    ),
    seedLevels: levelsOf(grid?.seedLevels),
  };
}

/** None in an older grid.json, or in one that can't be read whole. */
function levelsOf(value: unknown): SeedLevel[] {
  const levels = Array.isArray(value) ? (value as (Partial<SeedLevel> | null)[]) : [];
  return levels.every((level) => typeof level?.stage === "string" && Array.isArray(level.seeds)) ? (levels as SeedLevel[]) : [];
}

function foldersIn(path: string): string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => !name.startsWith(".") && lstatSync(join(path, name)).isDirectory())
    .sort();
}

const seedOf = (folder: string) => Number(basename(folder).slice("seed-".length));

/** A file of one run that can't be read is that run's affair: it must not hide the others. */
const read = <T>(from: () => T): T | null => tolerant(from, null, console.error);
