import { logGamma, regularisedBeta } from "./beta.ts";
import { mean, sampleVariance } from "./descriptive.ts";
import { normalQuantile } from "./normal.ts";
import { checkNumber, checkNumbers, checkPositive, checkShare } from "./numbers.ts";

/** P(|T| ≥ |t|) for Student's t with some degrees of freedom (any positive number), I_{ν/(ν+t²)}(ν/2, ½). */
export function studentTTwoSided(t: number, degrees: number): number {
  checkNumber("studentTTwoSided", "t", t);
  checkPositive("studentTTwoSided", "degrees", degrees);
  if (!Number.isFinite(t)) return 0;
  const x = degrees / (degrees + t * t);
  return regularisedBeta(x, degrees / 2, 0.5, (t * t) / (degrees + t * t));
}

/** The distribution function P(T ≤ t). */
export function studentTCdf(t: number, degrees: number): number {
  checkNumber("studentTCdf", "t", t);
  checkPositive("studentTCdf", "degrees", degrees);
  const tail = studentTTwoSided(t, degrees) / 2;
  return t > 0 ? 1 - tail : tail;
}

/**
 * The number that |T| exceeds with probability `tails`: for a 95 % interval, tails = 0.05. By Newton's method from the normal's, which is smaller:
 * the tail is convex, so the steps never go past the root.
 */
export function studentTCritical(tails: number, degrees: number): number {
  checkShare("studentTCritical", "tails", tails);
  checkPositive("studentTCritical", "degrees", degrees);
  const logConstant =
    Math.LN2 + logGamma((degrees + 1) / 2) - logGamma(degrees / 2) - Math.log(Math.PI * degrees) / 2 - Math.log(tails);
  let t = -normalQuantile(tails / 2);
  for (let step = 0; step < 200; step++) {
    const slope = Math.exp(logConstant - ((degrees + 1) / 2) * Math.log1p((t * t) / degrees)); // density of |T| over `tails`
    const move = (studentTTwoSided(t, degrees) / tails - 1) / slope;
    t += move;
    if (Math.abs(move) <= 1e-13 * t) break;
  }
  return t;
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
