import { bootstrapStatistics, jackknifeStatistics } from "./bootstrap.ts";
import type { ResamplingOptions, Statistic } from "./bootstrap.ts";
import { quantileOfSorted } from "./descriptive.ts";
import { coverageWarning } from "./coverage.ts";
import type { EstimateInterval, Interval } from "./interval.ts";
import { normalCdf, normalQuantile } from "./normal.ts";
import { checkCount, checkFinite, checkNumbers, checkOneOf, checkShare } from "./numbers.ts";
import { studentTCritical } from "./student-t.ts";

/** How an interval is made of resamples. */
export interface BootstrapIntervalOptions extends ResamplingOptions {
  /** Default 0.95. */
  readonly level?: number;
  /** Default "bca". */
  readonly method?: "percentile" | "expanded-percentile" | "bca";
}

/**
 * A bootstrap interval for any statistic of one or more samples. `strata`: one list for a plain sample, one a task or question kind for a
 * stratified one; for paired values give the differences of the pairs (`pairedDifferences`).
 *
 * With few values a stratum all of these are too narrow: see `meanInterval`, and docs/guides/statistics.md. `coverageWarning` has the figures
 * for means; no other statistic was simulated.
 */
export function bootstrapInterval(
  strata: readonly ArrayLike<number>[],
  statistic: Statistic,
  { level = 0.95, method = "bca", ...resampling }: BootstrapIntervalOptions = {},
): EstimateInterval {
  checkShare("bootstrapInterval", "level", level);
  checkOneOf("bootstrapInterval", "method", method, ["percentile", "expanded-percentile", "bca"]);
  const statistics = bootstrapStatistics(strata, statistic, resampling);
  const estimate = statistic(strata.map((values) => Float64Array.from(values)));
  const smallest = Math.min(...strata.map(({ length }) => length));
  const interval =
    method === "bca" && smallest > 1
      ? bcaInterval(statistics, estimate, jackknifeStatistics(strata, statistic), level)
      : method === "expanded-percentile"
        ? expandedPercentileInterval(statistics, smallest, level)
        : percentileInterval(statistics, level);
  return { estimate, ...interval, coverageWarning: coverageWarning(interval.method, smallest) };
}

/** From the α/2 to the 1 − α/2 quantile of the resamples' statistics (`bootstrapStatistics`), in their unit (Efron and Tibshirani 1993, eq. 13.5). */
export function percentileInterval(statistics: Float64Array, level = 0.95): Interval {
  checkNumbers("percentileInterval", statistics);
  checkShare("percentileInterval", "level", level);
  return between(statistics, (1 - level) / 2, (1 + level) / 2, level, "percentile");
}

/**
 * The expanded percentile interval (Hesterberg 2015, The American Statistician 69:371, § 4.2): the percentile interval at α′ with
 *
 *     α′/2 = Φ(−√(n/(n−1)) · t_{1−α/2, n−1})
 *
 * which makes up for the bootstrap's variance, (n−1)/n of the right one, and for t's longer tails. n: the values in the smallest stratum; with one value
 * t has no degrees of freedom, and the interval is all that the resamples gave.
 */
export function expandedPercentileInterval(statistics: Float64Array, n: number, level = 0.95): Interval {
  checkNumbers("expandedPercentileInterval", statistics);
  checkCount("expandedPercentileInterval", "n", n, 1);
  checkShare("expandedPercentileInterval", "level", level);
  const outside = n < 2 ? 0 : normalCdf(-Math.sqrt(n / (n - 1)) * studentTCritical(1 - level, n - 1));
  return between(statistics, outside, 1 - outside, level, "expanded-percentile");
}

/**
 * The bias-corrected and accelerated interval (Efron 1987; Efron and Tibshirani 1993, eqs. 14.9 to 14.15; for several samples their 15.36, as SciPy):
 *
 *     z₀ = Φ⁻¹(share of statistics below the estimate, ties half)
 *     a  = ⅙ Σⱼ Σᵢ Uⱼᵢ³ / nⱼ³ / (Σⱼ Σᵢ Uⱼᵢ² / nⱼ²)^{3/2}          Uⱼᵢ = (nⱼ − 1)(θ̄ⱼ − θⱼᵢ), θⱼᵢ without value i of stratum j
 *     α₁ = Φ(z₀ + (z₀ + z_α) / (1 − a (z₀ + z_α)))                 and α₂ with z_{1−α}
 *
 * Where every resample lies on one side of the estimate z₀ is infinite, and the interval is the percentile one and says so.
 */
export function bcaInterval(
  statistics: Float64Array,
  estimate: number,
  jackknife: readonly (readonly number[])[],
  level = 0.95,
): Interval {
  checkNumbers("bcaInterval", statistics);
  checkFinite("bcaInterval", "estimate", estimate);
  jackknife.forEach((values, stratum) => checkNumbers(`bcaInterval, jackknife of stratum ${stratum}`, values));
  checkShare("bcaInterval", "level", level);
  let below = 0;
  for (const value of statistics) below += value < estimate ? 1 : value === estimate ? 0.5 : 0;
  const bias = normalQuantile(below / statistics.length);
  if (!Number.isFinite(bias)) return percentileInterval(statistics, level);
  const acceleration = accelerationOf(jackknife);
  const share = (z: number) => {
    const moved = bias + z;
    const divisor = 1 - acceleration * moved;
    return normalCdf(divisor > 0 ? bias + moved / divisor : Math.sign(moved) * Infinity);
  };
  const z = normalQuantile((1 - level) / 2);
  return between(statistics, share(z), share(-z), level, "bca");
}

function accelerationOf(jackknife: readonly (readonly number[])[]): number {
  let cubes = 0;
  let squares = 0;
  for (const values of jackknife) {
    const n = values.length;
    const centre = values.reduce((sum, value) => sum + value, 0) / n;
    for (const value of values) {
      const influence = ((n - 1) * (centre - value)) / n;
      cubes += influence ** 3;
      squares += influence ** 2;
    }
  }
  return squares === 0 ? 0 : cubes / squares ** 1.5 / 6;
}

function between(statistics: Float64Array, from: number, to: number, level: number, method: string): Interval {
  const sorted = statistics.slice().sort();
  return { low: quantileOfSorted(sorted, from), high: quantileOfSorted(sorted, to), level, method };
}
