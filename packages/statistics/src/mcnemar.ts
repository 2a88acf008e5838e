import { logGamma } from "./beta.ts";
import { checkCount } from "./numbers.ts";
import { InputError } from "./errors.ts";

/** What McNemar's test says: counts of items, and p values. */
export interface McNemar {
  /** Items that only the first answered rightly, and only the second. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
  /** Exact binomial, two-sided. */
  readonly exact: number;
  /** Less conservative; may exceed its level, though hardly ever does. */
  readonly midP: number;
}

/**
 * McNemar's test for two models on the same items, right or wrong each (McNemar 1947, Psychometrika 12:153), from the exact binomial.
 * Of the n = b + c items on which they differ, b would be binomial(n, ½) if both were equally good (Fagerland, Lydersen and Laake 2013,
 * BMC Med. Res. Methodol. 13:91):
 *
 *     exact   p = min(1, 2 P(X ≤ min(b, c)))
 *     mid-p   p = exact − P(X = min(b, c)), and 1 − ½ P(X = b) where b = c; 1 where there is no such item
 *
 * It is about these two models: the chance is the items', not the seeds'.
 */
export function mcnemar(onlyFirst: number, onlySecond: number): McNemar {
  checkCount("mcnemar", "onlyFirst", onlyFirst, 0);
  checkCount("mcnemar", "onlySecond", onlySecond, 0);
  const n = onlyFirst + onlySecond;
  if (n === 0) return { onlyFirst, onlySecond, exact: 1, midP: 1 };
  const fewer = Math.min(onlyFirst, onlySecond);
  let below = 0;
  for (let count = 0; count <= fewer; count++) below += fairBinomial(count, n);
  const here = fairBinomial(fewer, n);
  const exact = Math.min(1, 2 * below);
  return { onlyFirst, onlySecond, exact, midP: onlyFirst === onlySecond ? 1 - here / 2 : exact - here };
}

/** The same from each item's outcome under both, in the same order: right or wrong, by votes or by the greedy answer. Throws where items differ in number. */
export function mcnemarOf(first: readonly boolean[], second: readonly boolean[]): McNemar {
  if (first.length !== second.length)
    throw new InputError("RL_STATISTICS", `mcnemarOf: ${first.length} and ${second.length} items, expected the same items`);
  checkCount("mcnemarOf", "items", first.length, 1);
  for (const outcome of [...first, ...second])
    if (typeof outcome !== "boolean")
      throw new InputError("RL_STATISTICS", `mcnemarOf: an outcome is ${String(outcome)}, expected true or false`);
  return mcnemar(
    first.filter((right, item) => right && !second[item]).length,
    second.filter((right, item) => right && !first[item]).length,
  );
}

/** P(X = count) for X ~ binomial(n, ½). */
function fairBinomial(count: number, n: number): number {
  return Math.exp(logGamma(n + 1) - logGamma(count + 1) - logGamma(n - count + 1) - n * Math.LN2);
}
