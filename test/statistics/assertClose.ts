import assert from 'node:assert/strict';

/** Fails unless the numbers agree to a relative 1e-12, or to the tolerance given. */
export function assertClose(actual: number, expected: number, tolerance = 1e-12): void {
  const distance = Math.abs(actual - expected);
  assert.ok(distance <= tolerance * Math.max(1, Math.abs(expected)), `${actual} is not close to ${expected}`);
}
