import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Histogram, leafValue } from '../../../src/training/trees/histogram.js';

/** Rows of one node: bins of two features, and a gradient; the second derivative is 1. */
const rows = [
  { bins: [0, 5], gradient: -1 },
  { bins: [1, 2], gradient: -1 },
  { bins: [2, 5], gradient: 1 },
  { bins: [3, 2], gradient: 1 },
];

function histogramOf(): Histogram {
  const histogram = new Histogram(2, 2);
  const bins = [0, 1].map((feature) => Uint8Array.from(rows, (row) => row.bins[feature] ?? 0));
  rows.forEach(({ gradient }, row) => histogram.add(1, bins, row, gradient, 1));
  return histogram;
}

describe('the best split', () => {
  it('is the one that separates the gradients, with the gain of the formula', () => {
    const split = histogramOf().bestSplit(1, { l2: 0, minExamples: 1 });
    assert.deepEqual([split?.feature, split?.bin], [0, 1]);
    // ½ (2² / 2 + 2² / 2 − 0² / 4)
    assert.equal(split?.gain, 2);
    assert.deepEqual(split.left, { gradient: -2, hessian: 2, rows: 2 });
    assert.deepEqual(split.right, { gradient: 2, hessian: 2, rows: 2 });
    assert.equal(leafValue(split.left, 0), 1);
    assert.equal(leafValue(split.left, 2), 0.5);
  });

  it('is none where too few rows would be left on a side, or nothing is gained', () => {
    assert.equal(histogramOf().bestSplit(1, { l2: 0, minExamples: 3 }), null);
    assert.equal(histogramOf().bestSplit(0, { l2: 0, minExamples: 1 }), null);
  });
});
