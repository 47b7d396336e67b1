/**
 * Quantile by linear interpolation between the closest ranks: type 7 of Hyndman and Fan, "Sample quantiles in
 * statistical packages", The American Statistician 50 (1996); the default of NumPy and R.
 *
 * @param values - in any order, without NaN
 * @param q - from 0 to 1
 * @throws RangeError where there are no values, or q lies outside
 */
export function quantile(values: ArrayLike<number>, q: number): number {
  return quantileOfSorted(Float64Array.from(values).sort(), q);
}

/** The same, of values already in rising order. */
export function quantileOfSorted(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) throw new RangeError('A quantile needs at least one value.');
  if (!(q >= 0 && q <= 1)) throw new RangeError(`A quantile is asked for by a share from 0 to 1, not ${q}.`);
  const position = q * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? Number.NaN;
  return low + (high - low) * (position - below);
}
