import { quantileOfSorted } from './quantile.js';

/** Share that an empty bin counts as, so that the logarithm stays finite; Evidently's value. */
const emptyShare = 1e-4;

/**
 * Population stability index, Σ (cᵢ − rᵢ) ln(cᵢ / rᵢ) over the shares of bins (Siddiqi, "Credit risk scorecards",
 * 2006). Numbers are binned by the deciles of the reference; equal deciles are one edge.
 *
 * @param reference - at least one number; no NaN in either
 */
export function populationStabilityIndex(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  const edges = decilesOf(reference);
  return stabilityIndex(sharesByEdges(reference, edges), sharesByEdges(current, edges));
}

/** The same over categories; one that a side does not know is an empty bin. */
export function categoricalStabilityIndex(
  referenceCounts: Readonly<Record<string, number>>,
  currentCounts: Readonly<Record<string, number>>,
): number {
  const categories = [...new Set([...Object.keys(referenceCounts), ...Object.keys(currentCounts)])];
  return stabilityIndex(sharesOf(categories, referenceCounts), sharesOf(categories, currentCounts));
}

function stabilityIndex(reference: readonly number[], current: readonly number[]): number {
  return reference.reduce((sum, share, i) => {
    const expected = Math.max(share, emptyShare);
    const actual = Math.max(current[i] ?? 0, emptyShare);
    return sum + (actual - expected) * Math.log(actual / expected);
  }, 0);
}

function decilesOf(values: ArrayLike<number>): number[] {
  const sorted = Float64Array.from(values).sort();
  const deciles = Array.from({ length: 9 }, (_, i) => quantileOfSorted(sorted, (i + 1) / 10));
  return [...new Set(deciles)];
}

/** Shares of values in (−∞, e₁], (e₁, e₂], …, (eₖ, ∞). */
function sharesByEdges(values: ArrayLike<number>, edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    const bin = edges.findIndex((edge) => value <= edge);
    const at = bin === -1 ? edges.length : bin;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts.map((count) => count / values.length);
}

function sharesOf(categories: readonly string[], counts: Readonly<Record<string, number>>): number[] {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return categories.map((category) => (counts[category] ?? 0) / total);
}

/**
 * Two-sample Kolmogorov–Smirnov test, two-sided: the largest distance D between the empirical distributions, and
 * its asymptotic p-value Q(D √(nm / (n + m))) (Smirnov, Annals of Mathematical Statistics 19, 1948).
 *
 * @param a - at least one number in each; no NaN
 */
export function kolmogorovSmirnov(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): { statistic: number; pValue: number } {
  if (a.length === 0 || b.length === 0) throw new RangeError('Both samples need at least one value.');
  const statistic = largestDistance(Float64Array.from(a).sort(), Float64Array.from(b).sort());
  const effectiveSize = (a.length * b.length) / (a.length + b.length);
  return { statistic, pValue: kolmogorovSurvival(Math.sqrt(effectiveSize) * statistic) };
}

function largestDistance(a: Float64Array, b: Float64Array): number {
  let [i, j, largest] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i] ?? Infinity, b[j] ?? Infinity);
    while (a[i] === value) i++;
    while (b[j] === value) j++;
    largest = Math.max(largest, Math.abs(i / a.length - j / b.length));
  }
  return largest;
}

/**
 * Survival function of Kolmogorov's distribution: 2 Σ (−1)ᵏ⁻¹ exp(−2k²x²), and below x = 1.18, where that series is
 * slow, 1 − √(2π)/x Σ exp(−(2k−1)²π²/(8x²)) (Marsaglia, Tsang and Wang, Journal of Statistical Software 8, 2003).
 */
function kolmogorovSurvival(x: number): number {
  if (x <= 0) return 1;
  const terms = [1, 2, 3, 4];
  if (x < 1.18) {
    const sum = terms.reduce(
      (total, k) => total + Math.exp((-((2 * k - 1) ** 2) * Math.PI ** 2) / (8 * x * x)),
      0,
    );
    return 1 - (Math.sqrt(2 * Math.PI) / x) * sum;
  }
  const sum = terms.reduce((total, k) => total + (k % 2 === 1 ? 1 : -1) * Math.exp(-2 * k * k * x * x), 0);
  return Math.min(Math.max(2 * sum, 0), 1);
}
