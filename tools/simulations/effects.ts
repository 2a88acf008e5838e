import { factorialEffects } from "@rewardlab/statistics";
import { drawsOf } from "./random.ts";
import { mean } from "@rewardlab/statistics";
import { shareOf } from "./shares.ts";
import { coldStartsOf, gridOf, METRICS } from "./world.ts";
import type { Claims } from "./claims.ts";
import type { World } from "./world.ts";

const FACTORS = ["a", "b"].map((name) => ({ name, levels: ["off", "on"] }));

/** A 2 × 2 factorial in which neither factor does anything: its three effects over seeds and items, after Holm's correction over them. */
export function effectsOf(world: World, grids: number, name: string): Claims[] {
  const draw = gridOf({ ...world, variants: 3 }, drawsOf(name));
  const studies = METRICS.map((metric) => ({ metric, called: [] as number[], covered: [] as number[] }));
  for (let grid = 0; grid < grids; grid++) {
    const measured = draw();
    for (const { metric, called, covered } of studies) {
      const cells = measured[metric].map((byItem, cell) => ({
        levels: { a: cell % 2 === 0 ? "off" : "on", b: cell < 2 ? "off" : "on" },
        perSeed: byItem.map(mean),
        byItem,
      }));
      const effects = factorialEffects(FACTORS, cells, coldStartsOf(world));
      called.push(Number(effects.some(({ adjusted }) => adjusted <= 0.05)));
      covered.push(effects.filter(({ low, high }) => low <= 0 && 0 <= high).length / effects.length);
    }
  }
  return studies.map(({ metric, called, covered }) => ({ metric, called: shareOf(called), coverage: shareOf(covered) }));
}
