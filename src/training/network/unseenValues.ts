/**
 * Gives each value that no training row has, the unknown one among them, the mean of the values that rows do have,
 * weighted by how many. Their own rows of the table were never trained: they would answer by their random beginnings.
 *
 * @param table - row-major [counts.length, dimension]; changed in place
 */
export function fillUnseenValues(table: Float32Array, counts: Uint32Array): void {
  const dimension = table.length / counts.length;
  const rows = counts.reduce((sum, count) => sum + count, 0);
  for (let column = 0; column < dimension; column++) {
    let sum = 0;
    counts.forEach((count, value) => (sum += count * (table[value * dimension + column] ?? 0)));
    counts.forEach((count, value) => {
      if (count === 0) table[value * dimension + column] = sum / rows;
    });
  }
}
