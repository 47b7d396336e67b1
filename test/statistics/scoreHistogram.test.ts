import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rocAuc } from '../../src/statistics/classification.js';
import { createRandom } from '../../src/statistics/random.js';
import { ScoreHistogram } from '../../src/statistics/scoreHistogram.js';

describe('a histogram of scores', () => {
  it('knows the area under the ROC curve, for scores of every magnitude', () => {
    for (const magnitude of [1, 1e-3, 1e-9]) {
      const random = createRandom(7);
      const labels = Array.from({ length: 20_000 }, () => (random() < 0.2 ? 1 : 0));
      const scores = labels.map((label) => magnitude * Math.min(1, 0.8 * random() + 0.2 * label));
      const histogram = new ScoreHistogram();
      scores.forEach((score, i) => histogram.add(score, labels[i] ?? 0));
      assert.ok(Math.abs(histogram.auc() - rocAuc(labels, scores)) < 1e-4);
    }
  });

  it('counts ties half, and takes 0 and 1', () => {
    const histogram = new ScoreHistogram();
    for (const [score, label] of [
      [0, 0],
      [0.5, 0],
      [0.5, 1],
      [1, 1],
    ] as const) {
      histogram.add(score, label);
    }
    assert.equal(histogram.auc(), 0.875);
  });

  it('has no such number for rows of one class', () => {
    const histogram = new ScoreHistogram();
    histogram.add(0.3, 1);
    assert.ok(Number.isNaN(histogram.auc()));
  });
});
