import type { CellComparison } from "../comparisons.ts";
import { called } from "../metric-wording.ts";
import { counted, listing } from "../wording.ts";

/** After a number of seeds: " from one cold start", " from 3 cold starts"; nothing where that isn't known. */
export function coldStartText({ coldStarts, sameColdStart, perSeed }: CellComparison): string {
  if (coldStarts === null || perSeed.length < 2) return "";
  if (coldStarts > 1) return ` from ${counted(coldStarts, "cold start")}`;
  return sameColdStart ? " from one cold start" : " from one cold start each";
}

/**
 * On what the intervals generalise. A seed is what a run draws by itself; where all runs began from one cold start, nothing is known of another, and so it is
 * with the data that all were trained on.
 */
export function generalisation(judged: readonly CellComparison[]): string[] {
  const some = judged.filter(({ perSeed }) => perSeed.length > 1);
  if (some.length === 0) return [];
  const apart = some.filter(({ sameColdStart }) => sameColdStart === false);
  return [
    `This is about ${listing([...new Set(some.map(newRuns))])}, and new questions of this kind, with the training data as they are${some.some(({ coldStarts }) => coldStarts === 1) ? ": another cold start could move a difference by more" : ""}.`,
    ...(apart.length === 0
      ? []
      : [
          `${apart.length > 3 ? `${apart.length} variants have` : `${listing(apart.map(({ cell }) => called(cell)))} ${apart.length === 1 ? "has" : "have"}`} a cold start of ${apart.length === 1 ? "its" : "their"} own: the difference is the cold start’s as well as RL’s.`,
        ]),
  ];
}

function newRuns({ coldStarts, perSeed }: CellComparison): string {
  if (coldStarts === null) return "new seeds of this setup";
  if (coldStarts === 1) return "new RL seeds from this one cold start";
  return coldStarts < perSeed.length ? "new cold starts with RL seeds of their own" : "new cold starts, each with a seed of RL";
}
