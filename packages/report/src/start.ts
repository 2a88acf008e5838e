import { measures, trains } from "./stage-role.ts";
import { mean } from "@rewardlab/statistics";
import type { SeedLevel } from "./read-grid.ts";
import type { GridRun } from "./grid-run.ts";

type Stage = { readonly name: string; readonly use: string; readonly role?: string | null; readonly key: string };

/**
 * What a run's RL began from: the key of the last stage before it that makes a policy, with its seed where cold starts have seeds of their own. null: no RL, no
 * such stage, or not known.
 */
export function startOf(run: GridRun, levels: readonly SeedLevel[]): string | null {
  const all = stagesOf(run);
  const rl = all.findIndex(trains);
  return rl === -1 ? null : policyAfter(all.slice(0, rl), run, levels);
}

/**
 * The same; of a run without RL the policy that it ends with, and of one whose first policy is RL's own the model as it was initialised, which is known as well.
 * null: not known.
 */
export function originOf(run: GridRun, levels: readonly SeedLevel[]): string | null {
  const all = stagesOf(run);
  const rl = all.findIndex(trains);
  const before = rl === -1 ? all : all.slice(0, rl);
  if (all.length === 0 || before.some(({ key }) => key === "?")) return null;
  return before.every(measures) ? "the initial model" : policyAfter(before, run, levels);
}

const stagesOf = ({ provenance, stages }: GridRun): readonly Stage[] => provenance?.stages ?? stages;

function policyAfter(some: readonly Stage[], { seeds }: GridRun, levels: readonly SeedLevel[]): string | null {
  const key = some.findLast((stage) => !measures(stage))?.key;
  const own = levels.flatMap(({ stage }) => (some.some(({ name }) => name === stage) ? (seeds[stage] ?? []) : []));
  return (key === undefined || key === "?") && own.length === 0 ? null : [key, ...own].join(" ");
}

/** What each of some runs began from; null where that isn't known of all. */
export function startsOf(runs: readonly GridRun[], levels: readonly SeedLevel[]): string[] | null {
  const starts = runs.map((run) => startOf(run, levels));
  return starts.includes(null) ? null : (starts as string[]);
}

/** Values of runs as independent ones: the mean of each cold start's where there are several, else as they are. */
export function independentValues(values: readonly number[], starts: readonly string[] | null): readonly number[] {
  const different = [...new Set(starts)];
  if (starts === null || different.length < 2 || different.length === values.length) return values;
  return different.map((start) => mean(values.filter((_, index) => starts[index] === start)));
}
