/** A two-sided confidence interval, in the unit of what it is for. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  /** 0.95 for a 95 % interval. */
  readonly level: number;
  readonly method: string;
}
