import { trains } from "./stage-role.ts";
import { fileBytes, tolerant } from "@rewardlab/storage";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { finiteOf, recordOf } from "./plain.ts";
import type { GridRun } from "./grid-run.ts";

/**
 * How long each of a run's iterations took, in seconds, by times.jsonl, which the launcher keeps in its folder; null where it isn't known. An iteration that
 * was done again after a kill counts as it was done last. Lines that can't be read are no error: times are never worth one.
 */
export function secondsByIteration({
  folder,
  stages,
  iterations,
}: Pick<GridRun, "folder" | "stages" | "iterations">): (number | null)[] {
  const seconds = new Map<string, number>();
  for (const line of linesOf(join(folder, "times.jsonl"))) {
    const { stage, done, seconds: took } = recordOf(parsed(line));
    const value = finiteOf(took);
    if (value !== null && value >= 0) seconds.set(`${String(stage)}/${String(done)}`, value);
  }
  const [only, ...more] = stages.filter(trains);
  if (only === undefined || more.length > 0) return iterations.map(() => null); // of several stages a line's iteration is not the stage's own
  return iterations.map(({ iteration }) => seconds.get(`${only.name}/${iteration}`) ?? null);
}

function linesOf(path: string): string[] {
  return existsSync(path) ? tolerant(() => fileBytes(path).toString("utf8").split("\n"), [], () => {}) : []; // prettier-ignore
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null; // cut short by a kill
  }
}
