import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  dueMonitoringWindows,
  trainingWindow,
  tuningWindows,
  validationWindow,
} from '../../../src/workflows/decisions/planWindows.js';

describe('the windows of a search', () => {
  it('invariant 4: no leak from the future: trials are compared after what they saw, and before the acceptance window', () => {
    const facts = {
      asOf: '2001-03-10T00:00:00.000Z',
      outcomeDelayHours: 12,
      training: { days: 7 },
      validation: { days: 2 },
    };
    const { training, heldOut } = tuningWindows({ ...facts, holdOutDays: 1.5 });
    const whole = trainingWindow(facts);
    assert.deepEqual(training, { from: whole.from, to: '2001-03-06T00:00:00.000Z' });
    assert.deepEqual(heldOut, { from: training.to, to: whole.to });
    const acceptance = validationWindow({ trainedUntil: whole.to, validation: facts.validation });
    assert.equal(acceptance.from, heldOut.to);
  });
});

describe('the training window', () => {
  const facts = {
    asOf: '2001-03-10T00:00:00.000Z',
    outcomeDelayHours: 0,
    training: { days: 7 },
    validation: { days: 2 },
  };

  it('ends where the validation window begins, which ends at the newest known moment', () => {
    const window = trainingWindow(facts);
    assert.deepEqual(window, { from: '2001-03-01T00:00:00.000Z', to: '2001-03-08T00:00:00.000Z' });
    assert.deepEqual(validationWindow({ trainedUntil: window.to, validation: facts.validation }), {
      from: '2001-03-08T00:00:00.000Z',
      to: facts.asOf,
    });
  });

  it('invariant 4: no leak from the future: rows whose outcome is not known yet are left out', () => {
    assert.deepEqual(trainingWindow({ ...facts, outcomeDelayHours: 36 }), {
      from: '2001-02-27T12:00:00.000Z',
      to: '2001-03-06T12:00:00.000Z',
    });
  });

  it('takes parts of days, and moments with an offset', () => {
    const window = trainingWindow({
      ...facts,
      asOf: '2001-03-10T02:00:00+02:00',
      training: { days: 0.5 },
      validation: { days: 0.25 },
    });
    assert.deepEqual(window, { from: '2001-03-09T06:00:00.000Z', to: '2001-03-09T18:00:00.000Z' });
  });
});

describe('monitoring windows', () => {
  const facts = {
    served: { from: '2001-02-28T05:00:00.000Z', to: '2001-03-04T06:00:00.000Z' },
    lastWindowEnd: null,
    windowHours: 24,
    outcomeDelayHours: 0,
  };
  const starts = (given: Partial<Parameters<typeof dueMonitoringWindows>[0]>, limit = 20): string[] =>
    dueMonitoringWindows({ ...facts, ...given }, limit).map(({ from }) => from);

  it('begin on whole multiples of their length, and only those served as a whole are due', () => {
    assert.deepEqual(dueMonitoringWindows(facts, 20), [
      { from: '2001-03-01T00:00:00.000Z', to: '2001-03-02T00:00:00.000Z' },
      { from: '2001-03-02T00:00:00.000Z', to: '2001-03-03T00:00:00.000Z' },
      { from: '2001-03-03T00:00:00.000Z', to: '2001-03-04T00:00:00.000Z' },
    ]);
  });

  it('go on where the last one ended', () => {
    assert.deepEqual(starts({ lastWindowEnd: '2001-03-03T00:00:00.000Z' }), ['2001-03-03T00:00:00.000Z']);
    assert.deepEqual(starts({ lastWindowEnd: '2001-03-04T00:00:00.000Z' }), []);
  });

  it('wait until their outcomes are due', () => {
    assert.deepEqual(starts({ outcomeDelayHours: 6 }).length, 3);
    assert.deepEqual(starts({ outcomeDelayHours: 7 }).length, 2);
    assert.deepEqual(starts({ outcomeDelayHours: 1000 }), []);
  });

  it('come oldest first, at most so many at a time', () => {
    assert.deepEqual(starts({}, 2), ['2001-03-01T00:00:00.000Z', '2001-03-02T00:00:00.000Z']);
  });

  it('invariant 5: no decision on no data: without traffic none is due', () => {
    assert.deepEqual(starts({ served: null }), []);
    assert.deepEqual(starts({ served: null, lastWindowEnd: '2001-03-03T00:00:00.000Z' }), []);
  });
});
