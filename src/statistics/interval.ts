/** A point estimate with its two-sided 95 % interval. */
export interface Interval {
  estimate: number;
  lower: number;
  upper: number;
}

/** What a sample of numbers says about its mean. */
export interface SampleMoments {
  mean: number;
  /** Unbiased sample variance. */
  variance: number;
  count: number;
}

/** The 97.5th percentile of the standard normal distribution. */
const normalQuantile975 = 1.959963984540054;

/**
 * Interval of the difference of two means, mean(a) − mean(b), from independent samples: normal approximation with
 * the standard error √(s²a/nₐ + s²b/n_b) of Welch, "The generalization of Student's problem when several different
 * population variances are involved", Biometrika 34 (1947).
 *
 * @throws RangeError where a sample is empty
 */
export function meanDifferenceInterval(a: SampleMoments, b: SampleMoments): Interval {
  if (a.count < 1 || b.count < 1) throw new RangeError('Both samples need at least one value.');
  const estimate = a.mean - b.mean;
  const margin = normalQuantile975 * Math.sqrt(a.variance / a.count + b.variance / b.count);
  return { estimate, lower: estimate - margin, upper: estimate + margin };
}
