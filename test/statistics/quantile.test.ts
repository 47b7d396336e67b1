import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { quantile } from '../../src/statistics/quantile.js';
import { assertClose } from './assertClose.js';

describe('quantile', () => {
  it("is NumPy's default", () => {
    const expected = [
      [0, 1],
      [0.1, 1],
      [0.25, 1.75],
      [0.5, 3.5],
      [0.9, 6.9],
      [1, 9],
    ] as const;
    for (const [q, value] of expected) assertClose(quantile([3, 1, 4, 1, 5, 9, 2, 6], q), value);
  });

  it('needs a value, and a share from 0 to 1', () => {
    assert.throws(() => quantile([], 0.5), RangeError);
    assert.throws(() => quantile([1], 1.5), RangeError);
    assert.throws(() => quantile([1], Number.NaN), RangeError);
  });
});
