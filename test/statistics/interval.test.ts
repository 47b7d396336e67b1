import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { meanDifferenceInterval } from '../../src/statistics/interval.js';
import { createRandom } from '../../src/statistics/random.js';

describe('the interval of a difference of means', () => {
  it('is the normal one with standard error √(s²a/nₐ + s²b/n_b)', () => {
    // √(4/100 + 9/225) = √0.08
    const interval = meanDifferenceInterval(
      { mean: 5, variance: 4, count: 100 },
      { mean: 4, variance: 9, count: 225 },
    );
    const margin = 1.959963984540054 * Math.sqrt(0.08);
    assert.deepEqual(interval, { estimate: 1, lower: 1 - margin, upper: 1 + margin });
  });

  it('covers the true difference about 95 times in 100', () => {
    const random = createRandom(7);
    const sample = (count: number, offset: number) => {
      const values = Array.from({ length: count }, () => offset + random() ** 2);
      const mean = values.reduce((sum, value) => sum + value, 0) / count;
      const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      return { mean, variance: squares / (count - 1), count };
    };
    let covered = 0;
    for (let i = 0; i < 2000; i++) {
      const { lower, upper } = meanDifferenceInterval(sample(80, 0.25), sample(120, 0));
      if (lower <= 0.25 && 0.25 <= upper) covered++;
    }
    assert.ok(covered > 1860 && covered < 1940, `${covered} of 2000`);
  });

  it('refuses an empty sample', () => {
    const some = { mean: 1, variance: 1, count: 5 };
    assert.throws(() => meanDifferenceInterval(some, { ...some, count: 0 }), RangeError);
  });
});
