import { crossedDetectable, crossedInterval, crossedPower, itemDifferences } from "@rewardlab/statistics";
import type { Design, VarianceComponents } from "@rewardlab/statistics";
import { drawsOf } from "./random.ts";
import { shareOf } from "./shares.ts";
import type { Share } from "./shares.ts";
import { truthOf } from "./truth.ts";
import { coldStartsOf, gridOf } from "./world.ts";
import type { Metric, World } from "./world.ts";

export interface Power {
  readonly metric: Metric;
  /** The true difference, chosen to be about what is found four times out of five. */
  readonly difference: number;
  /** By `crossedPower`, from the variance components averaged over all grids, which are about the true ones. */
  readonly promised: number;
  readonly found: Share;
  /** The detectable difference that each grid says by its own components, on average over grids, and by `crossedPower` how often one of that size is found. */
  readonly detectable: number;
  readonly detectableFound: number;
}

/** One variant against the baseline: how often a true difference is found, and how often that was promised. */
export function powerOf(world: World, metric: Metric, grids: number, name: string): Power {
  const { seeds, items } = world;
  const design: Design = { seeds, items, ...(world.coldStarts > 1 ? { coldStarts: world.coldStarts } : {}) };
  let [low, high] = [0, 4];
  for (let step = 0; step < 7; step++) {
    const middle = (low + high) / 2;
    const { difference, components } = study(world, metric, middle, 200, `${name} pilot`);
    if (crossedPower(difference, components, design) < 0.8) low = middle;
    else high = middle;
  }
  const { difference, components, intervals } = study(world, metric, (low + high) / 2, grids, name);
  const own = intervals.slice(0, 400).map(({ variance }) => crossedDetectable(variance, design));
  const detectable = own.reduce((sum, one) => sum + one, 0) / own.length;
  return {
    metric,
    difference,
    promised: crossedPower(difference, components, design),
    found: shareOf(intervals.map(({ pValue }) => Number(pValue <= 0.05))),
    detectable,
    detectableFound: crossedPower(detectable, components, design),
  };
}

function study(world: World, metric: Metric, shift: number, grids: number, name: string) {
  const shifted = { ...world, variants: 1, shifts: [shift] };
  const draw = gridOf(shifted, drawsOf(name));
  const intervals = Array.from({ length: grids }, () => {
    const [baseline, variant] = draw()[metric];
    return crossedInterval(itemDifferences(baseline!, variant!), coldStartsOf(shifted));
  });
  const average = (of: keyof VarianceComponents) => intervals.reduce((sum, { variance }) => sum + (variance[of] ?? 0), 0) / grids;
  const components = {
    coldStarts: average("coldStarts"),
    seeds: average("seeds"),
    items: average("items"),
    coldStartItems: average("coldStartItems"),
    interaction: average("interaction"),
  };
  return { difference: truthOf(shifted, metric, shift) - truthOf(shifted, metric, 0), components, intervals };
}
