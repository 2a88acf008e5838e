import { bootstrapInterval } from "./bootstrap-interval.ts";
import type { BootstrapIntervalOptions } from "./bootstrap-interval.ts";
import { coverageWarning } from "./coverage.ts";
import type { EstimateInterval } from "./interval.ts";
import { checkCount, checkNumbers, checkPairs } from "./numbers.ts";

/**
 * The probability that a run of the second variant beats a run of the first, a tie counting one half (Agarwal et al. 2021, arXiv 2108.13264v4,
 * § 4.3; Mann and Whitney's U over the number of pairs), and its stratified bootstrap interval (percentile, as rliable's).
 *
 *     P = mean over strata of  (1 / (M N)) Σ_m Σ_n [y_n > x_m] + ½ [y_n = x_m]
 *
 * A list of runs for each stratum (a task, a kind of question); one stratum for a plain comparison. Runs are not paired. It has no unit and
 * says nothing of the size of the difference. Where all of one are above all of the other the interval has no width, however few runs there are.
 */
export function probabilityOfImprovement(
  first: readonly ArrayLike<number>[],
  second: readonly ArrayLike<number>[],
  { method = "percentile", ...options }: BootstrapIntervalOptions = {},
): EstimateInterval {
  checkPairs("probabilityOfImprovement, strata", { length: first.length }, { length: second.length });
  checkCount("probabilityOfImprovement", "strata", first.length, 1);
  first.forEach((runs, stratum) => checkNumbers(`probabilityOfImprovement, first, stratum ${stratum}`, runs));
  second.forEach((runs, stratum) => checkNumbers(`probabilityOfImprovement, second, stratum ${stratum}`, runs));
  const interval = bootstrapInterval([...first, ...second], meanShareAbove, { method, ...options });
  const runs = Math.min(...[...first, ...second].map(({ length }) => length));
  return { ...interval, coverageWarning: coverageWarning("probability-of-improvement", runs) };
}

/** The first half of the samples are the first variant's strata, the others the second's. */
export function meanShareAbove(samples: readonly Float64Array[]): number {
  const strata = samples.length / 2;
  let sum = 0;
  for (let stratum = 0; stratum < strata; stratum++) sum += shareAbove(samples[stratum]!, samples[strata + stratum]!);
  return sum / strata;
}

function shareAbove(first: Float64Array, second: Float64Array): number {
  let above = 0;
  for (const y of second) for (const x of first) above += y > x ? 1 : y === x ? 0.5 : 0;
  return above / (first.length * second.length);
}
