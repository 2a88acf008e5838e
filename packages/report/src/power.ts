import { crossedDetectable, designNeeded } from "@rewardlab/statistics";
import type { CrossedInterval, Design } from "@rewardlab/statistics";
import { LEVEL, POWER, PROVEN_SEEDS } from "./level.ts";

/** What such a grid could see, and what it would take to see what was measured, by the model of the verdict itself. */
export interface Power {
  /** The smallest true difference that is found with a probability of POWER, with so many comparisons. null where that can't be said. */
  readonly detectable: number | null;
  /**
   * To find a difference as large as measured, were it the true one: so many seeds (of each cold start), the rest as it is; at least PROVEN_SEEDS. null: it
   * can't be said, or no number would do.
   */
  readonly seedsNeeded: number | null;
  /** The same with more cold starts; null also where they don't vary. */
  readonly coldStartsNeeded: number | null;
  /** The same with more items. */
  readonly itemsNeeded: number | null;
  /** The items' own chance (or the cold starts') hides a difference of this size, however many seeds there are. */
  readonly itemsTooFew: boolean;
  /** The seeds' own chance hides it, however many items there are. */
  readonly seedsTooFew: boolean;
}

export const NO_POWER: Power = {
  detectable: null,
  seedsNeeded: null,
  coldStartsNeeded: null,
  itemsNeeded: null,
  itemsTooFew: false,
  seedsTooFew: false,
};

/** From the variance components that the verdict's own interval estimates; `rows`: what is independent, cold starts where there are several. */
export function comparisonPower(
  both: CrossedInterval | null,
  { comparisons, rows, pairs }: { readonly comparisons: number; readonly rows: number; readonly pairs: number },
): Power {
  if (both === null || both.spreadless) return NO_POWER;
  const { variance, items, estimate } = both;
  const nested = rows < pairs;
  const design: Design = nested
    ? { coldStarts: rows, seeds: Math.max(1, Math.round(pairs / rows)), items }
    : { seeds: rows, items };
  const asked = { level: LEVEL, power: POWER, comparisons };
  const needed = designNeeded(estimate, variance, design, asked);
  const fewRows = rows < PROVEN_SEEDS;
  const rowsNeeded = nested ? (needed.coldStarts ?? null) : needed.seeds;
  const atLeastProven = rowsNeeded === null ? null : Math.max(PROVEN_SEEDS, rowsNeeded);
  return {
    detectable: crossedDetectable(variance, design, asked),
    seedsNeeded: estimate === 0 || (nested && fewRows) ? null : nested ? needed.seeds : atLeastProven,
    coldStartsNeeded: estimate === 0 || !nested ? null : atLeastProven,
    itemsNeeded: estimate === 0 || fewRows ? null : needed.items,
    itemsTooFew: estimate !== 0 && needed.seeds === null,
    seedsTooFew: estimate !== 0 && needed.items === null,
  };
}
