import { regularisedBeta } from "./beta.ts";
import { mean, sampleVariance } from "./descriptive.ts";
import { normalQuantile } from "./normal.ts";
import { checkNumbers } from "./numbers.ts";

/** P(|T| ≥ |t|) for Student's t with some degrees of freedom (any positive number), I_{ν/(ν+t²)}(ν/2, ½). */
export function studentTTwoSided(t: number, degrees: number): number {
  if (!Number.isFinite(t)) return Number.isNaN(t) ? NaN : 0;
  const x = degrees / (degrees + t * t);
  return regularisedBeta(x, degrees / 2, 0.5, (t * t) / (degrees + t * t));
}

/** The distribution function P(T ≤ t). */
export function studentTCdf(t: number, degrees: number): number {
  const tail = studentTTwoSided(t, degrees) / 2;
  return t > 0 ? 1 - tail : tail;
}

/** The number that |T| exceeds with probability `tails`: for a 95 % interval, tails = 0.05. By bisection of log t. */
export function studentTCritical(tails: number, degrees: number): number {
  let low = Math.log(Math.max(1e-12, -normalQuantile(tails / 2))) - 1e-3; // the normal's is smaller
  let high = low + 1;
  while (studentTTwoSided(Math.exp(high), degrees) > tails) high += high - low;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (studentTTwoSided(Math.exp(middle), degrees) > tails) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2);
}

/** What the t test saw. */
export interface TTest {
  /** t = d̄ / (s / √n); ±∞ where all values are the same number other than 0. */
  readonly t: number;
  readonly degrees: number;
  readonly pValue: number;
}

/**
 * Student's one-sample t test that the mean is 0, two-sided (Student 1908, Biometrika 6:1); on differences of pairs, the paired t test.
 *
 * All values 0: t = 0, p = 1. All the same number other than 0: t = ±∞, p = 0, which claims more than so few values can show:
 * `compareWithBaseline` takes the sign-flip test's p there.
 */
export function tTest(values: ArrayLike<number>): TTest {
  checkNumbers("tTest", values, 2);
  const degrees = values.length - 1;
  const centre = mean(values);
  const variance = sampleVariance(values);
  const largest = Math.max(...Array.from(values, Math.abs));
  const spread = Math.sqrt(variance) > 1e-14 * largest; // less is rounding
  const t = spread ? centre / Math.sqrt(variance / values.length) : largest === 0 ? 0 : Math.sign(centre) * Infinity;
  return { t, degrees, pValue: studentTTwoSided(t, degrees) };
}
