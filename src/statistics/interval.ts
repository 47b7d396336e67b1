/** A point estimate with its two-sided 95 % interval. */
export interface Interval {
  estimate: number;
  lower: number;
  upper: number;
}
