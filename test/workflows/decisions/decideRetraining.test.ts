import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WindowReport } from '../../../src/domain/monitoring.js';
import { decideRetraining } from '../../../src/workflows/decisions/decideRetraining.js';

const drifted: WindowReport = {
  window: { from: '2001-03-09T00:00:00.000Z', to: '2001-03-10T00:00:00.000Z' },
  predictions: 1000,
  outcomes: 1000,
  columns: [],
  logLossIncrease: null,
  positiveRate: null,
  status: 'drifted',
  reason: '3 of 4 columns drifted',
  driftedColumns: [],
};
const policy = { enabled: true, cooldownHours: 48 };

describe('retraining', () => {
  it('starts when a window drifted, and says why', () => {
    assert.deepEqual(decideRetraining(drifted, policy, null), { retrain: true, reason: drifted.reason });
  });

  it('never starts by itself where the definition turns it off', () => {
    const decision = decideRetraining(drifted, { ...policy, enabled: false }, null);
    assert.equal(decision.retrain, false);
    assert.match(decision.reason, /turns retraining off/);
  });

  it('waits for the cooldown, counted in event time from the window that started the last one', () => {
    const after = (hours: number) =>
      new Date(Date.parse(drifted.window.to) - hours * 3_600_000).toISOString();
    assert.equal(decideRetraining(drifted, policy, after(48)).retrain, true);
    assert.equal(decideRetraining(drifted, policy, after(47)).retrain, false);
    assert.equal(decideRetraining(drifted, { ...policy, cooldownHours: 0 }, after(1)).retrain, true);
    assert.match(decideRetraining(drifted, policy, after(24)).reason, /until 2001-03-11T00:00:00.000Z/);
  });

  it('answers each window once, even without a cooldown', () => {
    const decision = decideRetraining(drifted, { ...policy, cooldownHours: 0 }, drifted.window.to);
    assert.deepEqual(decision, { retrain: false, reason: 'a retraining has answered it' });
  });

  it('invariant 5: no decision on no data: without a drifted window nothing starts', () => {
    assert.equal(decideRetraining(null, policy, null).retrain, false);
  });
});
