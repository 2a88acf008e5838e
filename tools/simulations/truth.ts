import type { Metric, World } from "./world.ts";

/**
 * What a variant with this shift measures on average over new runs and new items, by midpoints: an item's logit is normal around the run's, which is normal
 * around level + shift. Items of a picture share the run alone.
 */
export function truthOf(world: World, metric: Metric, shift: number): number {
  const ofRun = Math.hypot(world.run, world.runOfVariant, world.coldStart, world.coldStartOfVariant);
  const ofItem = Math.hypot(world.difficulty, world.itemOfVariant, world.cell);
  const value = (right: number) => (metric === "voting" || metric === "ACC+" ? majority(right, world.samples) : right);
  return overNormal(world.level + shift, ofRun, (run) => {
    const share = overNormal(run, ofItem, (logit) => value(1 / (1 + Math.exp(-logit))));
    return metric === "ACC+" ? share ** 2 : share;
  });
}

/** The mean of f over a normal. */
function overNormal(centre: number, deviation: number, f: (value: number) => number): number {
  if (deviation === 0) return f(centre);
  let sum = 0;
  let weights = 0;
  for (let z = -7; z <= 7; z += 0.25) {
    const weight = Math.exp((-z * z) / 2);
    sum += weight * f(centre + deviation * z);
    weights += weight;
  }
  return sum / weights;
}

/** How often more than half of the samples are right, a tie counting one half. */
function majority(right: number, samples: number): number {
  let sum = 0;
  let ways = 1; // samples over count
  for (let count = 0; count <= samples; count++) {
    const weight = count > samples / 2 ? 1 : count < samples / 2 ? 0 : 0.5;
    sum += weight * ways * right ** count * (1 - right) ** (samples - count);
    ways = (ways * (samples - count)) / (count + 1);
  }
  return sum;
}
