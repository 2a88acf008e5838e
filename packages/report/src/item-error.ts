import type { Evaluation } from "./read-evaluation.ts";

/**
 * Standard error, over test items alone, of the mean difference between paired evaluations of the same items.
 *
 *     dᵢ = mean over pairs of (second − first) on item i          SE = √( Σ (dᵢ − d̄)² / (n − 1) / n )
 *
 * Items are shared by all pairs, so their chance does not shrink with more seeds. null where the items don't match.
 */
export function itemStandardError(pairs: readonly (readonly [Evaluation, Evaluation])[]): number | null {
  const n = pairs[0]?.[0].perItem.length ?? 0;
  const [ids, split] = [pairs[0]?.[0].itemIds, pairs[0]?.[0].split];
  const all = pairs.flat();
  if (n < 2 || all.some((one) => one.perItem.length !== n || one.itemIds !== ids || one.split !== split)) return null;
  const differences = Array.from(
    { length: n },
    (_, item) => pairs.reduce((sum, [first, second]) => sum + second.perItem[item]! - first.perItem[item]!, 0) / pairs.length,
  );
  const mean = differences.reduce((a, b) => a + b, 0) / n;
  return Math.sqrt(differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1) / n);
}
