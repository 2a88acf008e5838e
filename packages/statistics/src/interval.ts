/** A two-sided confidence interval, in the unit of what it is for. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  /** 0.95 for a 95 % interval. */
  readonly level: number;
  /** How it was made, as `coverageTable` names it. */
  readonly method: string;
}

/** The same with the estimate it is around. */
export interface EstimateInterval extends Interval {
  readonly estimate: number;
  /** In words, where such an interval by simulation does not cover what it says with so few values; null where it does. */
  readonly coverageWarning: string | null;
}
