import { checkProbabilities } from "./numbers.ts";

/** Holm's step-down correction (Holm 1979, Scand. J. Stat. 6:65): keeps the chance of any false claim among all at the level. In the order given. */
export function holm(pValues: readonly number[]): number[] {
  checkProbabilities("holm", pValues);
  const adjusted: number[] = [];
  let least = 0;
  for (const [rank, index] of ascending(pValues).entries()) {
    least = Math.max(least, Math.min(1, pValues[index]! * (pValues.length - rank)));
    adjusted[index] = least;
  }
  return adjusted;
}

/**
 * Benjamini and Hochberg's step-up correction (1995, J. R. Stat. Soc. B 57:289): keeps the expected share of false claims among the claims at
 * the level, for independent or positively dependent tests. In the order given.
 */
export function benjaminiHochberg(pValues: readonly number[]): number[] {
  checkProbabilities("benjaminiHochberg", pValues);
  const adjusted: number[] = [];
  let most = 1;
  for (const [rank, index] of [...ascending(pValues).entries()].toReversed()) {
    most = Math.min(most, (pValues[index]! * pValues.length) / (rank + 1));
    adjusted[index] = most;
  }
  return adjusted;
}

function ascending(pValues: readonly number[]): number[] {
  return pValues.map((_, index) => index).sort((a, b) => pValues[a]! - pValues[b]!);
}
