import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRandom } from '../../../src/statistics/random.js';
import { binOf, maxBins, NumberSample } from '../../../src/training/trees/bins.js';

function cutsOf(numbers: number[]): Float32Array {
  const sample = new NumberSample(1, 0);
  sample.addAll(Float32Array.from(numbers));
  return sample.cuts();
}

describe('the bins of a feature', () => {
  it('keep any two of a few numbers apart, even neighbours in FP32', () => {
    const next = Math.fround(1 + 2 ** -23);
    const cuts = cutsOf([3, 1, next, 1, 2]);
    assert.deepEqual(
      [1, next, 2, 3].map((value) => binOf(cuts, value)),
      [0, 1, 2, 3],
    );
  });

  it('take a number as a comparison with the cut would: up to it is left', () => {
    const cuts = Float32Array.of(10, 20);
    assert.deepEqual(
      [-5, 10, 10.5, 20, 21].map((value) => binOf(cuts, value)),
      [0, 0, 1, 1, 2],
    );
  });

  it('hold about as many rows each where there are many numbers', () => {
    const random = createRandom(3);
    const numbers = Array.from({ length: 40_000 }, () => Math.fround(random() ** 3));
    const cuts = cutsOf(numbers);
    assert.equal(cuts.length, maxBins - 1);
    const rows = new Array<number>(maxBins).fill(0);
    for (const value of numbers) rows[binOf(cuts, value)] = (rows[binOf(cuts, value)] ?? 0) + 1;
    assert.ok(Math.max(...rows) < 1.5 * (numbers.length / maxBins), String(Math.max(...rows)));
  });

  it('is one for a constant', () => {
    assert.deepEqual(cutsOf([4, 4, 4]), new Float32Array());
  });
});
