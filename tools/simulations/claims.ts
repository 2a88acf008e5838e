import { crossedInterval, holm, itemDifferences } from "@rewardlab/statistics";
import { drawsOf } from "./random.ts";
import { shareOf } from "./shares.ts";
import type { Share } from "./shares.ts";
import { truthOf } from "./truth.ts";
import { coldStartsOf, gridOf, METRICS } from "./world.ts";
import type { Metric, World } from "./world.ts";

export interface Claims {
  readonly metric: Metric;
  /** Grids in which any variant that does nothing was called different from the baseline, after Holm's correction; null where all do something. */
  readonly called: Share | null;
  /** Intervals of 95 % that held the true difference: over new runs and new items. */
  readonly coverage: Share;
}

/** Variants against the baseline, as `compareWithBaseline` does it but for the sign-flip test, which takes long and decides nothing here. */
export function claimsOf(world: World, grids: number, name: string): Claims[] {
  const draw = gridOf(world, drawsOf(name));
  const shifts = Array.from({ length: world.variants }, (_, variant) => world.shifts[variant] ?? 0);
  const studies = METRICS.map((metric) => ({
    metric,
    truths: shifts.map((shift) => (shift === 0 ? 0 : truthOf(world, metric, shift) - truthOf(world, metric, 0))),
    called: [] as number[],
    covered: [] as number[],
  }));
  for (let grid = 0; grid < grids; grid++) {
    const measured = draw();
    for (const { metric, truths, called, covered } of studies) {
      const [baseline, ...variants] = measured[metric];
      const intervals = variants.map((variant) => crossedInterval(itemDifferences(baseline!, variant), coldStartsOf(world)));
      const adjusted = holm(intervals.map(({ pValue }) => pValue));
      called.push(Number(adjusted.some((pValue, variant) => pValue <= 0.05 && shifts[variant] === 0)));
      const held = intervals.filter(({ low, high }, variant) => low <= truths[variant]! && truths[variant]! <= high);
      covered.push(held.length / intervals.length);
    }
  }
  return studies.map(({ metric, called, covered }) => ({
    metric,
    called: shifts.includes(0) ? shareOf(called) : null,
    coverage: shareOf(covered),
  }));
}
