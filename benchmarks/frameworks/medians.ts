/** The middle value, or the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** How much longer one takes than another in the same rounds. */
export interface Ratio {
  /** Median over median. */
  readonly ofMedians: number;
  /** Smallest over smallest: what is left where each had a quiet moment once. */
  readonly ofSmallest: number;
  /** The smallest and largest ratio within a round: what other work on the machine made of it. */
  readonly lowest: number;
  readonly highest: number;
}

export function ratioOf(longer: readonly number[], shorter: readonly number[]): Ratio {
  const rounds = Array.from({ length: Math.min(longer.length, shorter.length) }, (_, round) => longer[round]! / shorter[round]!);
  return {
    ofMedians: median(longer) / median(shorter),
    ofSmallest: Math.min(...longer) / Math.min(...shorter),
    lowest: Math.min(...rounds),
    highest: Math.max(...rounds),
  };
}
