import { randomStream } from "./random.ts";
import { checkCount, checkNumbers } from "./numbers.ts";
import { InputError } from "./errors.ts";

/** A number made from one or more samples (strata); a one-sample statistic looks at the first alone. */
export type Statistic = (strata: readonly Float64Array[]) => number;

/** How resamples are drawn. */
export interface ResamplingOptions {
  /** Default 10,000. */
  readonly resamples?: number;
  /** The same seed gives the same resamples, so the same interval to the last bit. Default 1. */
  readonly seed?: number | string;
}

/**
 * The statistic of each of many resamples (Efron 1979, Ann. Stat. 7:1). Values are drawn with replacement within their own stratum (a task, a
 * kind of question), as many as it has: the stratified bootstrap of rliable (Agarwal et al. 2021, arXiv 2108.13264v4, § 4.1). `uniform`
 * gives the draws, stratum after stratum, each in [0, 1). In the order drawn, in the statistic's unit. Throws where the statistic of a resample is NaN.
 */
export function bootstrapStatistics(
  strata: readonly ArrayLike<number>[],
  statistic: Statistic,
  { resamples = 10_000, seed = 1 }: ResamplingOptions = {},
  uniform: () => number = randomStream(seed, "bootstrap").uniform,
): Float64Array {
  checkCount("bootstrapStatistics", "resamples", resamples, 1);
  const samples = checkedStrata("bootstrapStatistics", strata, 1);
  const drawn = samples.map((values) => new Float64Array(values.length));
  const statistics = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    for (let stratum = 0; stratum < samples.length; stratum++) draw(samples[stratum]!, drawn[stratum]!, uniform);
    statistics[resample] = statistic(drawn);
    if (Number.isNaN(statistics[resample]))
      throw new InputError(
        "RL_STATISTICS",
        `bootstrapStatistics: the statistic of resample ${resample} is NaN, expected a number`,
      );
  }
  return statistics;
}

/**
 * The statistic with each value left out in turn, a list for each stratum (Quenouille 1949; Tukey 1958): θⱼᵢ, what BCa's acceleration is made of. Each
 * stratum needs two values.
 */
export function jackknifeStatistics(strata: readonly ArrayLike<number>[], statistic: Statistic): number[][] {
  const samples = checkedStrata("jackknifeStatistics", strata, 2);
  return samples.map((values, stratum) =>
    Array.from(values, (_, left) =>
      statistic(samples.map((one, at) => (at === stratum ? one.filter((__, index) => index !== left) : one))),
    ),
  );
}

function checkedStrata(where: string, strata: readonly ArrayLike<number>[], least: number): Float64Array[] {
  checkCount(where, "the number of strata", strata.length, 1);
  return strata.map((values, stratum) => {
    checkNumbers(`${where}, stratum ${stratum}`, values, least);
    return Float64Array.from(values);
  });
}

/** A statistic of all strata's values together, as rliable's aggregates are of all runs and tasks. The array it is given is used again: don't keep it. */
export function pooled(statistic: (values: Float64Array) => number): Statistic {
  let together = new Float64Array(0);
  return (strata) => {
    const length = strata.reduce((sum, { length: one }) => sum + one, 0);
    if (together.length !== length) together = new Float64Array(length);
    let at = 0;
    for (const values of strata) {
      together.set(values, at);
      at += values.length;
    }
    return statistic(together);
  };
}

function draw(from: Float64Array, into: Float64Array, uniform: () => number): void {
  for (let index = 0; index < into.length; index++) into[index] = from[Math.floor(uniform() * from.length)]!;
}
