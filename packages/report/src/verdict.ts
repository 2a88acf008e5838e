import type { CellComparison } from "./comparisons.ts";
import type { ComparedMetric } from "./metric.ts";

/** What may be said, in a word or two. */
export function verdict(one: CellComparison, { better }: ComparedMetric): string {
  if (one.perSeed.length === 0) return "nothing to compare yet";
  if (one.noVerdict !== null) return `no verdict: ${one.noVerdict.short}`;
  if (!one.distinguishable)
    return one.perSeed.length === 1
      ? "one seed can’t show a difference"
      : isSame(one)
        ? "the same in every seed and question"
        : "not distinguishable";
  const up = one.mean! > 0;
  if (better === null) return up ? "higher" : "lower";
  return up === (better === "higher") ? "better" : "worse";
}

const isSame = ({ spreadless, mean }: CellComparison) => spreadless && mean === 0;
