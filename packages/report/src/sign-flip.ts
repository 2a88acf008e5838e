import { randomStream } from "@rewardlab/core";

/** Level at which a difference is claimed. */
export const LEVEL = 0.05;

/**
 * The paired sign-flip permutation test (Fisher 1935, The Design of Experiments, § 21), two-sided.
 *
 *     p = share of the 2ⁿ sign patterns s ∈ {−1, 1}ⁿ with |Σ sᵢ dᵢ| ≥ |Σ dᵢ|
 *
 * If a variant makes no difference, dᵢ and −dᵢ are equally likely. Exact up to 20 pairs; with more, from 100,000 patterns drawn with a
 * fixed seed, as (1 + hits) / (1 + draws), which never understates p.
 */
export function signFlipPValue(differences: readonly number[]): number {
  const n = differences.length;
  const observed = Math.abs(sum(differences)) - 1e-12 * (1 + sum(differences.map(Math.abs))); // equal sums must count as equal
  const isHit = (signed: (difference: number, index: number) => number) => Math.abs(sum(differences.map(signed))) >= observed;
  if (n > EXACT_PAIRS) {
    const random = randomStream(1, "sign-flip");
    let hits = 0;
    for (let draw = 0; draw < DRAWS; draw++)
      if (isHit((difference) => (random.uniform() < 0.5 ? -difference : difference))) hits += 1;
    return (1 + hits) / (1 + DRAWS);
  }
  let hits = 0;
  for (let pattern = 0; pattern < 2 ** n; pattern++)
    if (isHit((difference, index) => ((pattern >> index) & 1 ? -difference : difference))) hits += 1;
  return hits / 2 ** n;
}
const EXACT_PAIRS = 20;
const DRAWS = 100_000;

/** The smallest p that n pairs can give: only the observed signs and their mirror image. */
export function smallestPValue(pairs: number): number {
  return Math.min(1, 2 / 2 ** pairs);
}

/** Holm's step-down correction (Holm 1979) for several comparisons, in the order given. */
export function holm(pValues: readonly number[]): number[] {
  const adjusted: number[] = [];
  let least = 0;
  const order = pValues.map((_, index) => index).sort((a, b) => pValues[a]! - pValues[b]!);
  for (const [rank, index] of order.entries()) {
    least = Math.max(least, Math.min(1, pValues[index]! * (pValues.length - rank)));
    adjusted[index] = least;
  }
  return adjusted;
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
