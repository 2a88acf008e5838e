import { bootstrapInterval } from "./bootstrap-interval.ts";
import type { BootstrapIntervalOptions } from "./bootstrap-interval.ts";
import { pooled } from "./bootstrap.ts";
import { mean, pairedDifferences } from "./descriptive.ts";
import type { EstimateInterval } from "./interval.ts";
import { checkNumbers, checkPairs } from "./numbers.ts";
import { InputError } from "./errors.ts";

/**
 * The mean difference second − first of two models on the same test items, each item an accuracy in [0, 1], and its bootstrap interval over
 * items (paired: an item is drawn with both its values; Efron and Tibshirani 1993, § 8). With `kinds`, an item's kind of question each, items
 * are drawn within their kind, so the test set's mix stays as it is.
 *
 * It is about these two models: the chance is the items', not the seeds'.
 */
export function pairedItemInterval(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  { kinds, ...options }: BootstrapIntervalOptions & { readonly kinds?: readonly string[] } = {},
): EstimateInterval {
  checkPairs("pairedItemInterval", first, second);
  checkNumbers("pairedItemInterval, first", first);
  checkNumbers("pairedItemInterval, second", second);
  const differences = pairedDifferences(first, second);
  if (kinds === undefined) return bootstrapInterval([differences], ([sample]) => mean(sample!), options);
  if (kinds.length !== differences.length)
    throw new InputError(
      "RL_STATISTICS",
      `pairedItemInterval: ${kinds.length} kinds and ${differences.length} items, expected pairs`,
    );
  const strata = new Map<string, number[]>();
  differences.forEach((difference, item) => {
    if (!strata.has(kinds[item]!)) strata.set(kinds[item]!, []);
    strata.get(kinds[item]!)!.push(difference);
  });
  return bootstrapInterval([...strata.values()], pooled(mean), options);
}
