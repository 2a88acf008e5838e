import { trains } from "./stage-role.ts";
import { join } from "node:path";
import { finiteOf } from "./plain.ts";
import type { GridRun } from "./grid-run.ts";
import { stageSettings } from "./settings.ts";

/**
 * Whether a run's RL metrics are all there: every iteration has a line, none was cut short or unreadable. Of what isn't there nothing may be said, least of all
 * that something never happened.
 */
export function hasWholeMetrics({
  stages,
  iterations,
  problems,
  status,
  folder,
}: Pick<GridRun, "stages" | "iterations" | "problems" | "status" | "folder">): boolean {
  const rl = stages.filter(trains);
  if (rl.length === 0) return true;
  if (iterations.length === 0 || problems.some((text) => text.includes("metrics.jsonl"))) return false;
  if (iterations.some(({ iteration }, index) => iteration !== index + 1)) return false;
  const planned = rl.map(({ name }) => finiteOf(stageSettings(folder, name)?.iterations));
  const all = planned.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  return status !== "done" || planned.includes(null) || iterations.length >= all;
}

/** What is missing of a run's RL metrics that nobody has told yet, with the file; null where they are whole, or are still being written. */
export function unreadMetrics(run: Pick<GridRun, "stages" | "iterations" | "problems" | "status" | "folder">): string | null {
  if (hasWholeMetrics(run) || run.problems.some((text) => text.includes("metrics.jsonl"))) return null;
  const isFinished = run.status === "done" || run.status === "collapsed";
  const files = run.stages.filter(trains).map(({ folder }) => join(folder, "metrics.jsonl"));
  if (run.iterations.length === 0) return isFinished ? `${files.join(", ")}: is missing, or holds no iteration` : null;
  return `${files.join(", ")}: holds ${run.iterations.length} iterations, some are missing`;
}

/** Whether one metric is a finite number in every iteration, and the others' lines are whole too. */
export function isWhole(run: GridRun, name: string): boolean {
  return hasWholeMetrics(run) && run.iterations.every(({ values }) => Number.isFinite(values[name]));
}
