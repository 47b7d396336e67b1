import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  categoricalStabilityIndex,
  kolmogorovSmirnov,
  populationStabilityIndex,
} from '../../src/statistics/drift.js';
import { assertClose } from './assertClose.js';

const a = Array.from({ length: 200 }, (_, i) => ((i * 37) % 101) / 101);
const b = Array.from({ length: 150 }, (_, i) => (((i * 53) % 97) / 97) * 0.9 + 0.08);

describe('the population stability index', () => {
  it("is NumPy's, over the deciles of the reference", () => {
    assertClose(populationStabilityIndex(a, b), 0.11346696150358063);
  });

  it('is 0 for the same distribution, and stays finite for a distant one', () => {
    assert.equal(populationStabilityIndex(a, a), 0);
    const distant = populationStabilityIndex(a, [5, 6, 7]);
    assert.ok(distant > 1 && Number.isFinite(distant));
  });

  it('takes a reference with few values', () => {
    const constant = new Array<number>(100).fill(1);
    assert.equal(populationStabilityIndex(constant, constant), 0);
    assert.ok(populationStabilityIndex(constant, new Array<number>(100).fill(2)) > 1);
  });

  it('compares categories, those only one side knows included', () => {
    const index = categoricalStabilityIndex({ a: 50, b: 30, c: 20 }, { a: 3, b: 3, c: 3, d: 1 });
    assertClose(index, 0.8327963879343301);
  });
});

describe('the Kolmogorov–Smirnov test', () => {
  it("finds SciPy's statistic, and the p-value of its limiting distribution", () => {
    // scipy.stats.ks_2samp(…).statistic and scipy.special.kolmogorov(√(nm / (n + m)) · statistic), SciPy 1.17.
    const apart = kolmogorovSmirnov(a, b);
    assertClose(apart.statistic, 0.09);
    assertClose(apart.pValue, 0.4911285710076533);
    const halved = kolmogorovSmirnov(
      a,
      a.map((x) => x / 2),
    );
    assertClose(halved.statistic, 0.495);
    assert.ok(Math.abs(halved.pValue / 1.0433473324054075e-21 - 1) < 1e-9);
  });

  it('finds nothing between a sample and itself', () => {
    assert.deepEqual(kolmogorovSmirnov(a, a), { statistic: 0, pValue: 1 });
  });

  it('is the same both ways, ties and unequal sizes included', () => {
    const [few, many] = [
      [1, 1, 2, 3],
      [1, 2, 2, 2, 3, 4, 4],
    ];
    assert.deepEqual(kolmogorovSmirnov(few, many), kolmogorovSmirnov(many, few));
    assertClose(kolmogorovSmirnov(few, many).statistic, 0.5 - 1 / 7);
  });

  it('needs a value on each side', () => {
    assert.throws(() => kolmogorovSmirnov([], [1]), RangeError);
  });
});
