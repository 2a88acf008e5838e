import { noncentralTUpper } from "./noncentral-t.ts";
import { checkCount, checkFinite, checkPositive, checkShare } from "./numbers.ts";
import { leastCount, turningPoint } from "./search.ts";
import { studentTCritical } from "./student-t.ts";

/**
 * What a paired t test over n seeds can see (Cohen 1988, § 2; exact by the noncentral t distribution, no normal approximation):
 *
 *     power = P(|T′| > t_{1−α/2, n−1})          T′ noncentral t with n − 1 degrees of freedom and δ = Δ √n / σ
 *
 * Δ is the true mean difference, σ the standard deviation of the paired differences between seeds, both in the same unit.
 * For m comparisons α is divided by m: Bonferroni's bound, and Holm's first step, so the figure is for the hardest of the m.
 * σ is as a rule estimated from the same few seeds: with 5 its own 95 % interval goes from 0.6 to 2.9 times the estimate.
 * The power is a share; all three throw where a difference is not finite, σ is not above 0, or a level or power is not between 0 and 1.
 */
export interface PowerOptions {
  /** α, two-sided. */
  readonly level?: number;
  /** The probability to find a difference that is there. */
  readonly power?: number;
  /** m, how many comparisons share α. */
  readonly comparisons?: number;
}

/** The probability that n paired seeds find a difference of this size, by the t test above. */
export function powerOf(
  difference: number,
  deviation: number,
  seeds: number,
  { level = 0.05, comparisons = 1 }: Omit<PowerOptions, "power"> = {},
): number {
  checkFinite("powerOf", "difference", difference);
  checkPositive("powerOf", "deviation", deviation);
  checkCount("powerOf", "seeds", seeds, 2);
  checkShare("powerOf", "level", level);
  checkCount("powerOf", "comparisons", comparisons, 1);
  const critical = studentTCritical(level / comparisons, seeds - 1);
  return powerAt((Math.abs(difference) / deviation) * Math.sqrt(seeds), seeds, critical);
}

/** The smallest true difference that n paired seeds find with the wanted power, in the unit of `deviation`. */
export function detectableDifference(
  deviation: number,
  seeds: number,
  { level = 0.05, power = 0.8, comparisons = 1 }: PowerOptions = {},
): number {
  checkPositive("detectableDifference", "deviation", deviation);
  checkCount("detectableDifference", "seeds", seeds, 2);
  checkShare("detectableDifference", "level", level);
  checkCount("detectableDifference", "comparisons", comparisons, 1);
  checkShare("detectableDifference", "power", power);
  if (power <= level / comparisons) return 0; // reached without any difference
  const critical = studentTCritical(level / comparisons, seeds - 1);
  const found = (noncentrality: number) => powerAt(noncentrality, seeds, critical) >= power;
  let high = 1;
  while (!found(high)) high *= 2;
  return (turningPoint(found, 0, high) / Math.sqrt(seeds)) * deviation;
}

/** The fewest paired seeds that find a true difference of this size with the wanted power; null above a million. */
export function seedsNeeded(difference: number, deviation: number, options: PowerOptions = {}): number | null {
  checkFinite("seedsNeeded", "difference", difference);
  checkPositive("seedsNeeded", "deviation", deviation);
  checkShare("seedsNeeded", "level", options.level ?? 0.05);
  checkShare("seedsNeeded", "power", options.power ?? 0.8);
  checkCount("seedsNeeded", "comparisons", options.comparisons ?? 1, 1);
  const size = Math.abs(difference);
  if (size === 0) return null;
  return leastCount((seeds) => powerOf(size, deviation, seeds, options) >= (options.power ?? 0.8), 2);
}

function powerAt(noncentrality: number, seeds: number, critical: number): number {
  return noncentralTUpper(critical, seeds - 1, noncentrality) + noncentralTUpper(critical, seeds - 1, -noncentrality);
}
