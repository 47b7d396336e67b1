export interface TieGroups {
  /** Row numbers by rising value. */
  order: Uint32Array;
  /** Where in `order` each run of equal values ends (exclusive). */
  ends: Uint32Array;
}

/**
 * Sorts row numbers by value, and marks the runs of equal values.
 *
 * @throws RangeError where a value is NaN, which has no place in any order
 */
export function tieGroups(values: ArrayLike<number>): TieGroups {
  const sorted = Float64Array.from(values);
  if (sorted.some(Number.isNaN)) throw new RangeError('A score is NaN.');
  const order = Uint32Array.from(sorted, (_, i) => i).sort((a, b) => (sorted[a] ?? 0) - (sorted[b] ?? 0));
  const ends: number[] = [];
  for (let i = 1; i <= order.length; i++) {
    if (i === order.length || sorted[order[i] ?? 0] !== sorted[order[i - 1] ?? 0]) ends.push(i);
  }
  return { order, ends: Uint32Array.from(ends) };
}
