import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rankTrials, type TrialScore } from '../../../src/workflows/decisions/rankTrials.js';

const scores: TrialScore[] = [
  { trial: 3, logLoss: 0.5, auc: 0.6 },
  { trial: 2, logLoss: 0.4, auc: 0.7 },
  { trial: 1, logLoss: 0.5, auc: 0.8 },
  { trial: 4, logLoss: null, auc: null },
];
const order = (metric: 'logLoss' | 'auc', given = scores) =>
  rankTrials(given, metric).map(({ trial }) => trial);

describe('which trial is better', () => {
  it('is the one with less log loss, or with the larger AUC', () => {
    assert.deepEqual(order('logLoss'), [2, 1, 3]);
    assert.deepEqual(order('auc'), [1, 2, 3]);
  });

  it('is the one drawn first among equals, in whatever order they end', () => {
    assert.deepEqual(order('logLoss', [...scores].reverse()), [2, 1, 3]);
  });

  it('is none where every one failed or came to no number', () => {
    assert.deepEqual(order('auc', [{ trial: 1, logLoss: Number.NaN, auc: Number.NaN }]), []);
  });
});
