import type { SeedLevel } from "./read-grid.ts";
import type { GridRun } from "./read-run.ts";

/**
 * What a run's RL began from: the key of the last stage before it that makes a policy, with its seed where cold starts have seeds of their own. null: no RL, no
 * such stage, or not known.
 */
export function startOf({ provenance, stages, seeds }: GridRun, levels: readonly SeedLevel[]): string | null {
  const all = provenance?.stages ?? stages;
  const rl = all.findIndex(({ use }) => use === "rl");
  if (rl === -1) return null;
  const before = all.slice(0, rl);
  const key = before.findLast(({ use }) => use !== "evaluate")?.key;
  const own = levels.flatMap(({ stage }) => (before.some(({ name }) => name === stage) ? (seeds[stage] ?? []) : []));
  if ((key === undefined || key === "?") && own.length === 0) return null;
  return [key, ...own].join(" ");
}
