import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareRuns } from '../../src/domain/compareRuns.js';

test('runs stand side by side, with a mark where they differ', () => {
  const one = { facts: { seed: 1 }, params: { epochs: 4, units: [8] }, metrics: { loss: 0.5 }, tags: {} };
  const other = {
    facts: { seed: 1 },
    params: { epochs: 5, units: [8] },
    metrics: {},
    tags: { note: 'wider' },
  };
  assert.deepEqual(compareRuns([one, other]), [
    { group: 'facts', name: 'seed', values: [1, 1], differs: false },
    { group: 'params', name: 'epochs', values: [4, 5], differs: true },
    { group: 'params', name: 'units', values: ['[8]', '[8]'], differs: false },
    { group: 'metrics', name: 'loss', values: [0.5, null], differs: true },
    { group: 'tags', name: 'note', values: [null, 'wider'], differs: true },
  ]);
});
