/** Tells when a run has collapsed: its mean score stays below a share of the first iteration's. */
export interface CollapseWatch {
  /** The reason, once it has; null until then. */
  see(score: number): string | null;
  /** The scores it has to remember: the first, then the latest. Saved in checkpoints. */
  readonly scores: readonly number[];
}

export function collapseWatch(
  rule: { readonly below: number; readonly iterations: number } | null,
  saved: readonly number[],
): CollapseWatch {
  let scores = [...saved];
  return {
    get scores() {
      return scores;
    },
    see(score) {
      if (rule === null) return null;
      const [first = score, ...latest] = scores;
      latest.push(score);
      scores = [first, ...latest.slice(-rule.iterations)];
      const low = first > 0 && scores.length > rule.iterations && scores.slice(1).every((value) => value < rule.below * first);
      return low
        ? `the mean score was below ${rule.below} of the first iteration's (${first.toFixed(3)}) for ${rule.iterations} iterations, ${score.toFixed(3)} at last`
        : null;
    },
  };
}
