import { randomStream } from "./random.ts";
import { checkCount, checkNumbers } from "./numbers.ts";

/**
 * The paired sign-flip permutation test (Fisher 1935, The Design of Experiments, § 21), two-sided.
 *
 *     p = share of the 2ⁿ sign patterns s ∈ {−1, 1}ⁿ with |Σ sᵢ dᵢ| ≥ |Σ dᵢ|
 *
 * If a variant makes no difference, dᵢ and −dᵢ are equally likely. Exact up to 20 pairs; with more, from 100,000 patterns drawn from
 * `seed`, as (1 + hits) / (1 + draws), which never understates p (Phipson and Smyth 2010). The pattern as observed counts in full: no mid-p.
 */
export function signFlipPValue(differences: readonly number[], { seed = 1 }: { readonly seed?: number | string } = {}): number {
  checkNumbers("signFlipPValue", differences);
  const n = differences.length;
  const size = sum(differences.map(Math.abs));
  const observed = Math.abs(sum(differences)) - 1e-12 * size; // sums that are equal but for rounding count as equal
  if (n > EXACT_PAIRS) {
    const random = randomStream(seed, "sign-flip");
    let hits = 0;
    for (let draw = 0; draw < DRAWS; draw++) {
      let total = 0;
      for (const difference of differences) total += random.uniform() < 0.5 ? -difference : difference;
      if (Math.abs(total) >= observed) hits += 1;
    }
    return (1 + hits) / (1 + DRAWS);
  }
  // Each pattern is one of the first half with one of the second: every sum is of n terms, and there are few additions.
  const first = patternSums(differences.slice(0, n >> 1));
  const second = patternSums(differences.slice(n >> 1));
  let hits = 0;
  for (const one of first) for (const other of second) if (Math.abs(one + other) >= observed) hits += 1;
  return hits / 2 ** n;
}
const EXACT_PAIRS = 20;
const DRAWS = 100_000;

/** The smallest p that n pairs can give: only the observed signs and their mirror image. */
export function smallestPValue(pairs: number): number {
  checkCount("smallestPValue", "pairs", pairs, 0);
  return Math.min(1, 2 / 2 ** pairs);
}

/** Σ sᵢ dᵢ for all 2ⁿ sign patterns. */
function patternSums(differences: readonly number[]): Float64Array {
  let sums = Float64Array.of(0);
  for (const difference of differences) {
    const longer = new Float64Array(2 * sums.length);
    sums.forEach((value, index) => {
      longer[2 * index] = value + difference;
      longer[2 * index + 1] = value - difference;
    });
    sums = longer;
  }
  return sums;
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
