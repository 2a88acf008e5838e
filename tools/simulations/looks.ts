import { crossedInterval, itemDifferences, levelAtLook } from "@rewardlab/statistics";
import { drawsOf } from "./random.ts";
import { shareOf } from "./shares.ts";
import type { Share } from "./shares.ts";
import { gridOf } from "./world.ts";
import type { Metric, World } from "./world.ts";

export interface Looks {
  readonly metric: Metric;
  /** Grids in which a variant that does nothing was called different at any look, at the looks' own levels. */
  readonly planned: Share;
  /** The same if every look is a test at 5 %. */
  readonly naive: Share;
}

/** One variant that does nothing, looked at after each seed from 5 to all. */
export function looksOf(world: World, metrics: readonly Metric[], grids: number, name: string): Looks[] {
  const draw = gridOf({ ...world, variants: 1 }, drawsOf(name));
  const studies = metrics.map((metric) => ({ metric, planned: [] as number[], naive: [] as number[] }));
  for (let grid = 0; grid < grids; grid++) {
    const measured = draw();
    for (const { metric, planned, naive } of studies) {
      const [baseline, variant] = measured[metric];
      const differences = itemDifferences(baseline!, variant!);
      let [atLevel, atFive] = [false, false];
      for (let seeds = 5; seeds <= world.seeds; seeds++) {
        const { pValue } = crossedInterval(differences.slice(0, seeds));
        atLevel ||= pValue <= levelAtLook(seeds, world.seeds);
        atFive ||= pValue <= 0.05;
      }
      planned.push(Number(atLevel));
      naive.push(Number(atFive));
    }
  }
  return studies.map(({ metric, planned, naive }) => ({ metric, planned: shareOf(planned), naive: shareOf(naive) }));
}
