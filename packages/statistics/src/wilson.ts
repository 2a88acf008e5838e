import type { Interval } from "./interval.ts";
import { normalQuantile } from "./normal.ts";
import { checkCount, checkShare } from "./numbers.ts";

/**
 * Wilson's score interval for a share, without continuity correction (Wilson 1927, J. Am. Stat. Ass. 22:209): of collapsed runs, say.
 *
 *     (p̂ + z²/2n ± z √(p̂(1 − p̂)/n + z²/4n²)) / (1 + z²/n)
 *
 * It has width at 0 of n and n of n as well, where p̂ ± z·SE has none.
 */
export function wilsonInterval(count: number, of: number, level = 0.95): Interval {
  checkCount("wilsonInterval", "count", count, 0);
  checkCount("wilsonInterval", "of", of, Math.max(1, count));
  checkShare("wilsonInterval", "level", level);
  const z = -normalQuantile((1 - level) / 2);
  const share = count / of;
  const middle = share + (z * z) / (2 * of);
  const half = z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  const whole = 1 + (z * z) / of;
  return {
    low: count === 0 ? 0 : (middle - half) / whole,
    high: count === of ? 1 : (middle + half) / whole,
    level,
    method: "wilson",
  };
}
