import { ApplicationFailure } from '@temporalio/common';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toRegistration } from '../../src/activities/index.js';
import { TemperedError, type TemperedErrorCode } from '../../src/domain/errors.js';

/** What Temporal is told when an activity throws this. */
async function failureOf(thrown: Error): Promise<unknown> {
  const registered = toRegistration({ fails: () => Promise.reject(thrown) });
  const activity = registered['tempered.fails'];
  assert.ok(activity !== undefined);
  return activity().then(
    () => assert.fail('it did not fail'),
    (error: unknown) => error,
  );
}

test('activities are registered with our prefix, and answer as before', async () => {
  const registered = toRegistration({ answer: () => Promise.resolve(42) });
  assert.deepEqual(Object.keys(registered), ['tempered.answer']);
  assert.equal(await registered['tempered.answer']?.(), 42);
});

const codes: [TemperedErrorCode, 'tried again' | 'given up'][] = [
  ['InvalidInput', 'given up'],
  ['NotFound', 'given up'],
  ['UnusableData', 'given up'],
  ['CorruptArtifact', 'given up'],
  ['UnusableModel', 'given up'],
  ['Forbidden', 'given up'],
  ['Conflict', 'tried again'],
  ['Unavailable', 'tried again'],
];
for (const [code, then] of codes) {
  test(`an activity that fails with ${code} is ${then}`, async () => {
    const cause = new Error('underneath');
    const failure = await failureOf(new TemperedError(code, 'do this', { cause }));
    assert.ok(failure instanceof ApplicationFailure);
    assert.deepEqual([failure.type, failure.message, failure.cause], [code, 'do this', cause]);
    assert.equal(failure.nonRetryable, then === 'given up');
  });
}

test('an error that is not ours reaches Temporal as it is, and is tried again', async () => {
  const error = new Error('ECONNRESET');
  assert.equal(await failureOf(error), error);
});
