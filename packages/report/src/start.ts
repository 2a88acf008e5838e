import type { GridRun } from "./read-run.ts";

/** What a run's RL began from: the key of the last stage before it that makes a policy. null: no RL, no such stage, or not known. */
export function startOf({ provenance, stages }: Pick<GridRun, "provenance" | "stages">): string | null {
  const all = provenance?.stages ?? stages;
  const rl = all.findIndex(({ use }) => use === "rl");
  if (rl === -1) return null;
  const key = all.slice(0, rl).findLast(({ use }) => use !== "evaluate")?.key;
  return key === undefined || key === "?" ? null : key;
}
