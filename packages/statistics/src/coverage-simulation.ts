import { randomStream } from "./random.ts";
import type { RandomStream } from "./random.ts";
import { bcaInterval, expandedPercentileInterval, percentileInterval } from "./bootstrap-interval.ts";
import { bootstrapTInterval } from "./bootstrap-t.ts";
import { bootstrapStatistics, jackknifeStatistics } from "./bootstrap.ts";
import { SHAPES } from "./coverage-row.ts";
import type { CoverageRow, Shape } from "./coverage-row.ts";
import { crossedInterval } from "./crossed.ts";
import { hierarchicalBootstrap } from "./hierarchical-bootstrap.ts";
import type { Interval } from "./interval.ts";
import { mean, standardError } from "./descriptive.ts";
import { probabilityOfImprovement } from "./probability-of-improvement.ts";
import { normalCdf } from "./normal.ts";
import { studentTCritical } from "./student-t.ts";
import { wilsonInterval } from "./wilson.ts";

/**
 * How often 95 % intervals hold the true value, by simulation with values that are drawn here. `npm test` runs a small one, `--slow` the one that
 * coverage-table.ts and docs/guides/statistics.md are from.
 */
export interface SimulationSize {
  readonly simulations: number;
  readonly resamples: number;
  readonly seed: number;
}

interface Distribution {
  readonly draw: (random: RandomStream) => number;
  readonly mean: number;
}

const DISTRIBUTIONS: Partial<Record<Shape, Distribution>> = {
  normal: { draw: (random) => random.normal(), mean: 0 },
  skewed: { draw: (random) => Math.exp(0.5 * random.normal()), mean: Math.exp(0.125) }, // lognormal, skewness 1.75
  "very skewed": { draw: (random) => Math.exp(random.normal()), mean: Math.exp(0.5) }, // lognormal, skewness 6.2
  "difference of skewed": { draw: (random) => Math.exp(random.normal()) - Math.exp(random.normal()), mean: 0 },
  accuracy: { draw: (random) => share(random, 200, 0.8), mean: 0.8 }, // of 200 items
  binary: { draw: (random) => Number(random.uniform() < 0.8), mean: 0.8 },
};

/** Methods for a mean over n values, on the same samples and the same resamples. */
export function meanCoverage(n: number, { simulations, resamples, seed }: SimulationSize): CoverageRow[] {
  const shares = new Map<string, Partial<Record<Shape, number>>>();
  const critical = studentTCritical(0.05, n - 1);
  for (const [shape, { draw, mean: truth }] of Object.entries(DISTRIBUTIONS) as [Shape, Distribution][]) {
    const random = randomStream(seed, `coverage/${shape}/${n}`);
    const note = counter(shares, shape, simulations, truth);
    for (let simulation = 0; simulation < simulations; simulation++) {
      const values = Float64Array.from({ length: n }, () => draw(random));
      const half = critical * standardError(values);
      note("t", { low: mean(values) - half, high: mean(values) + half });
      const statistics = bootstrapStatistics([values], MEAN, { resamples }, random.uniform);
      note("percentile", percentileInterval(statistics));
      note("expanded-percentile", expandedPercentileInterval(statistics, n));
      note("bca", bcaInterval(statistics, mean(values), jackknifeStatistics([values], MEAN)));
      note("bootstrap-t", bootstrapTInterval(values, { resamples }, random.uniform));
      if (shape === "binary") note("wilson", wilsonInterval(Math.round(n * mean(values)), n));
    }
  }
  return rowsOf(shares, n);
}
const MEAN = ([sample]: readonly Float64Array[]) => mean(sample!);

/** The probability of improvement of normal runs half a standard deviation better. */
export function improvementCoverage(n: number, { simulations, resamples, seed }: SimulationSize): CoverageRow[] {
  const shares = new Map<string, Partial<Record<Shape, number>>>();
  const random = randomStream(seed, `coverage/improvement/${n}`);
  const note = counter(shares, "normal", simulations, normalCdf(0.5 / Math.SQRT2));
  for (let simulation = 0; simulation < simulations; simulation++) {
    const first = Float64Array.from({ length: n }, () => random.normal());
    const second = Float64Array.from({ length: n }, () => 0.5 + random.normal());
    note("probability-of-improvement", probabilityOfImprovement([first], [second], { resamples, seed: simulation }));
  }
  return rowsOf(shares, n);
}

const CROSSED: Partial<Record<Shape, { readonly seedEffect: number; readonly itemEffect: number }>> = {
  "seeds alone": { seedEffect: 0.05, itemEffect: 0 },
  "items alone": { seedEffect: 0, itemEffect: 0.2 },
  "seeds and items": { seedEffect: 0.05, itemEffect: 0.2 },
  neither: { seedEffect: 0, itemEffect: 0 },
};
const ITEMS = 100;

/**
 * Two variants that are equally good on the whole, answering the same 100 items once with each of n seeds: right with probability
 * ½ + item + variant × item + variant × seed, normal effects of 0.2, `itemEffect` and `seedEffect`. "t over seeds" is what `meanInterval` makes
 * of the seeds' means, as if there were no other items.
 */
export function crossedCoverage(seeds: number, { simulations, resamples, seed }: SimulationSize): CoverageRow[] {
  const shares = new Map<string, Partial<Record<Shape, number>>>();
  const critical = studentTCritical(0.05, seeds - 1);
  for (const [shape, { seedEffect, itemEffect }] of Object.entries(CROSSED) as [
    Shape,
    { seedEffect: number; itemEffect: number },
  ][]) {
    const random = randomStream(seed, `coverage/${shape}/${seeds}`);
    const note = counter(shares, shape, simulations, 0);
    for (let simulation = 0; simulation < simulations; simulation++) {
      const differences = crossedDifferences(random, seeds, seedEffect, itemEffect);
      const means = differences.map(mean);
      const half = critical * standardError(means);
      note("t over seeds", { low: mean(means) - half, high: mean(means) + half });
      note("crossed", crossedInterval(differences));
      note("hierarchical-bootstrap", hierarchicalBootstrap(differences, { resamples }, random.uniform));
    }
  }
  return rowsOf(shares, seeds);
}

function crossedDifferences(random: RandomStream, seeds: number, seedEffect: number, itemEffect: number): Float64Array[] {
  const items = Array.from({ length: ITEMS }, () => {
    const level = 0.5 + 0.2 * random.normal();
    return [level + itemEffect * random.normal(), level + itemEffect * random.normal()] as const;
  });
  return Array.from({ length: seeds }, () => {
    const [first, second] = [seedEffect * random.normal(), seedEffect * random.normal()];
    return Float64Array.from(
      items,
      (item) => Number(random.uniform() < item[1] + second) - Number(random.uniform() < item[0] + first),
    );
  });
}

/** One table of what several simulations say of the same methods and sizes, shapes in their order. */
export function mergeRows(rows: readonly CoverageRow[]): CoverageRow[] {
  const merged = new Map<string, CoverageRow>();
  for (const { method, values, coverage } of rows) {
    const before = merged.get(`${method}/${values}`)?.coverage;
    const together = { ...before, ...coverage };
    const ordered = Object.fromEntries(
      SHAPES.flatMap((shape) => (together[shape] === undefined ? [] : [[shape, together[shape]]])),
    );
    merged.set(`${method}/${values}`, { method, values, coverage: ordered });
  }
  return [...merged.values()];
}

/**
 * The simulated rows that a table doesn't have, or has with another figure, as the table should have them. Within a tolerance: another machine's exp
 * and log may differ in the last bit, which moves a sample across a bound now and then.
 */
export function differentCoverage(rows: readonly CoverageRow[], table: readonly CoverageRow[], tolerance: number): CoverageRow[] {
  return rows.filter(({ method, values, coverage }) => {
    const given = table.find((row) => row.method === method && row.values === values)?.coverage;
    const shapes = Object.keys(coverage) as Shape[];
    return !(
      given &&
      shapes.length === Object.keys(given).length &&
      shapes.every((shape) => Math.abs(coverage[shape]! - (given[shape] ?? NaN)) <= tolerance)
    );
  });
}

function counter(shares: Map<string, Partial<Record<Shape, number>>>, shape: Shape, simulations: number, truth: number) {
  const counts = new Map<string, number>();
  return (method: string, { low, high }: Pick<Interval, "low" | "high">) => {
    const count = (counts.get(method) ?? 0) + Number(low <= truth && truth <= high);
    counts.set(method, count);
    shares.set(method, { ...shares.get(method), [shape]: Math.round((1e4 * count) / simulations) / 1e4 });
  };
}

function rowsOf(shares: ReadonlyMap<string, Partial<Record<Shape, number>>>, values: number): CoverageRow[] {
  return [...shares].map(([method, coverage]) => ({ method, values, coverage }));
}

function share(random: RandomStream, items: number, accuracy: number): number {
  let right = 0;
  for (let item = 0; item < items; item++) right += Number(random.uniform() < accuracy);
  return right / items;
}
