import { checkNumber, checkNumbers, checkPairs, checkSorted } from "./numbers.ts";

/** The arithmetic mean, in the values' unit. */
export function mean(values: ArrayLike<number>): number {
  checkNumbers("mean", values);
  return sumOf(values) / values.length;
}

/** The middle value, or the mean of the two middle ones; in the values' unit. */
export function median(values: ArrayLike<number>): number {
  checkNumbers("median", values);
  return quantileOfSorted(Float64Array.from(values).sort(), 0.5);
}

/**
 * The interquartile mean (Agarwal et al. 2021, arXiv 2108.13264v4, § 4.3), in the values' unit: the mean of what is left without the
 * ⌊n/4⌋ smallest and the ⌊n/4⌋ largest values.
 *
 * Whole values are left out, none counts in part: so does rliable, by SciPy's `trim_mean(values, 0.25)`. Below 4 values it is the mean.
 */
export function interquartileMean(values: ArrayLike<number>): number {
  checkNumbers("interquartileMean", values);
  const sorted = Float64Array.from(values).sort();
  const cut = Math.floor(sorted.length / 4);
  return mean(sorted.subarray(cut, sorted.length - cut));
}

/** The unbiased sample variance, Σ (x − x̄)² / (n − 1), in the values' unit squared. Two values at least. */
export function sampleVariance(values: ArrayLike<number>): number {
  checkNumbers("sampleVariance", values, 2);
  const centre = mean(values);
  let squares = 0;
  for (let index = 0; index < values.length; index++) squares += (values[index]! - centre) ** 2;
  return squares / (values.length - 1);
}

/** The sample standard deviation s, the root of the unbiased variance, in the values' unit. Two values at least. */
export function standardDeviation(values: ArrayLike<number>): number {
  checkNumbers("standardDeviation", values, 2);
  return Math.sqrt(sampleVariance(values));
}

/** The standard error of the mean, s / √n, in the values' unit. Two values at least. */
export function standardError(values: ArrayLike<number>): number {
  checkNumbers("standardError", values, 2);
  return standardDeviation(values) / Math.sqrt(values.length);
}

/**
 * The share-quantile of values in ascending order, between neighbours by a straight line (Hyndman and Fan 1996, type 7; NumPy's and SciPy's
 * default). Shares beyond 0 and 1 count as those; values may be ±∞.
 */
export function quantileOfSorted(sorted: ArrayLike<number>, share: number): number {
  checkNumber("quantileOfSorted", "share", share);
  checkSorted("quantileOfSorted", sorted);
  const place = Math.min(1, Math.max(0, share)) * (sorted.length - 1);
  const below = Math.floor(place);
  const value = sorted[below]!;
  const next = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return value === next ? value : value + (place - below) * (next - value); // equal infinities have no difference
}

/** Differences second − first of paired values, in their order and unit. Throws where they are not pairs. */
export function pairedDifferences(first: ArrayLike<number>, second: ArrayLike<number>): number[] {
  checkPairs("pairedDifferences", first, second);
  checkNumbers("pairedDifferences, first", first);
  checkNumbers("pairedDifferences, second", second);
  return Array.from(first, (value, index) => second[index]! - value);
}

function sumOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]!;
  return sum;
}
