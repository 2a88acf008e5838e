import { cellDifferences, cellHash, gridWarnings, runFolder, runKey, seedLabel, stageSeeds } from "@rewardlab/core/host";
import { readJson, tolerant, writeJson } from "@rewardlab/storage";
import type { Cell, Experiment, RunStatus } from "@rewardlab/core/host";
import { join, relative } from "node:path";
import { withSeeds } from "./seeds-history.ts";
import type { SeedsPlanned } from "./seeds-history.ts";

/** One run of a grid: a cell with a seed. */
export interface PlannedRun {
  readonly cell: Cell;
  readonly seed: number;
  /** e.g. "reinforce++ · seed 1" */
  readonly label: string;
}

/** A grid of more runs asks for --yes. */
export const MOST_RUNS = 10_000;

/** All runs, seed by seed, so that a grid cut short has whole seeds. */
export function runsOf(experiment: Experiment): PlannedRun[] {
  return experiment.seeds.flatMap((seed) =>
    experiment.cells.map((cell) => ({
      cell,
      seed,
      label: `${experiment.cells.length === 1 ? "" : `${cell.name} · `}${seedLabel(experiment.seedLevels, seed)}`,
    })),
  );
}

/** "2 seeds", "15 seeds (3 of coldStart × 5 of rl)" */
export function seedCountText({ seeds, seedLevels }: Pick<Experiment, "seeds" | "seedLevels">): string {
  const levels = seedLevels.map(({ stage, seeds: own }) => `${own.length} of ${stage}`).join(" × ");
  return `${count(seeds.length, "seed")}${levels === "" ? "" : ` (${levels})`}`;
}

/** The same with the seeds themselves: "2 seeds (1, 2)". */
export function listedSeeds({ seeds, seedLevels }: Pick<Experiment, "seeds" | "seedLevels">): string {
  if (seedLevels.length > 0) return seedCountText({ seeds, seedLevels });
  const shown = seeds.length <= 12 ? seeds.join(", ") : `${seeds.slice(0, 12).join(", ")} and ${seeds.length - 12} more`;
  return `${count(seeds.length, "seed")} (${shown})`;
}

/** What is known of a run from its folder; null where it was never started or the experiment was changed since. */
export function statusOf(
  experiment: Experiment,
  root: string,
  run: Pick<PlannedRun, "cell" | "seed">,
  note: Note,
): RunStatus | null {
  const folder = runFolder(root, run.cell.name, run.seed);
  const status = readIfWhole(join(folder, "status.json"), note) as RunStatus | null;
  if (status?.key !== runKey(experiment, run.cell, run.seed)) return null;
  // Without its results a run tells nothing: its stages are taken as they are, and the file is written anew.
  return isFinished(status) && readIfWhole(join(folder, "results.json"), note) === null ? null : status;
}

/** Whether nothing is left to do: a collapsed run has ended as well. */
export function isFinished(status: RunStatus | null): boolean {
  return status?.status === "done" || status?.status === "collapsed";
}

/** The seeds planned so far and now, as grid.json is to hold them. */
export function seedsPlanned(experiment: Experiment, root: string, note: Note): readonly SeedsPlanned[] {
  const { cells, seeds } = experiment;
  const isDone = (cell: Cell, seed: number) => isFinished(statusOf(experiment, root, { cell, seed }, note));
  const finishedOf = (some: readonly number[]) =>
    some.reduce((sum, seed) => sum + cells.filter((cell) => isDone(cell, seed)).length, 0);
  return withSeeds(readIfWhole(join(root, "grid.json"), note) as Parameters<typeof withSeeds>[0], seeds, finishedOf);
}

/** What the report reads first: which cells there are and how they differ. packages/report/README.md describes it. */
export function writeGrid(
  experiment: Experiment,
  root: string,
  useShipped: boolean,
  seedsHistory: readonly SeedsPlanned[],
): void {
  const { cells, registry, seeds, seedLevels } = experiment;
  const byName = new Map(cells.map((cell) => [cell.name, cell]));
  const baseline = cells.find((cell) => cell.baseline) ?? cells[0]!;
  writeJson(join(root, "grid.json"), {
    format: 1,
    name: experiment.name,
    description: leadingComment(experiment.source.text),
    file: relative(process.cwd(), experiment.file),
    compare: experiment.compare,
    alsoCompare: experiment.alsoCompare,
    seeds,
    seedLevels,
    seedsHistory,
    useShipped,
    factors: experiment.factors,
    cells: cells.map((cell) => ({
      name: cell.name,
      baseline: cell.baseline,
      against: cell.against,
      folder: relative(root, join(runFolder(root, cell.name, 0), "..")),
      hash: cellHash(cell, registry),
      overrides: cell.overrides,
      levels: cell.levels,
      stageSeeds: Object.fromEntries(seeds.map((seed) => [seed, writtenSeeds(experiment, cell, seed)])),
      keys: Object.fromEntries(seeds.map((seed) => [seed, runKey(experiment, cell, seed)])),
      differences: cellDifferences(baseline, cell),
      changes: cellDifferences(byName.get(cell.against ?? "") ?? baseline, cell),
    })),
    warnings: gridWarnings(experiment),
  });
}

function writtenSeeds({ seedLevels }: Experiment, cell: Cell, seed: number): Record<string, number> {
  return Object.fromEntries([...stageSeeds(seedLevels, cell, seed)].map(([stage, { written }]) => [stage, written]));
}

/** Whether artefacts that came with the experiment are taken: not after --fresh, also when such a run is gone on with. */
export function takesShipped(root: string, note: Note): boolean {
  return (readIfWhole(join(root, "grid.json"), note) as { useShipped?: boolean } | null)?.useShipped ?? true;
}

type Note = (message: string) => void;

/** Tells each message once: a damaged file may be looked at more often. */
export function once(note: Note): Note {
  const told = new Set<string>();
  return (message) => {
    if (!told.has(message)) note(message);
    told.add(message);
  };
}

/** A file that is made again where it was damaged; null where it is missing or damaged. */
function readIfWhole(path: string, note: Note): unknown {
  return tolerant(
    () => readJson(path) ?? null,
    null,
    (message) => note(`${message}; it is made again`),
  );
}

/** 1 run, 2 runs */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

function leadingComment(text: string): string | null {
  const lines = text.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("#"));
  const comment = lines.slice(0, end).filter((line) => !line.includes("yaml-language-server"));
  return comment.length === 0 ? null : comment.map((line) => line.replace(/^#\s?/, "")).join("\n");
}
