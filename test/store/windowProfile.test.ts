import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Feature } from '../../src/domain/feature.js';
import { readNewestEventTime, readServedRange, readWindowProfile } from '../../src/store/windowProfile.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { recordTraffic } from '../support/traffic.js';

const model = 'lateness';
const window = { from: '2001-01-02T00:00:00.000Z', to: '2001-01-03T00:00:00.000Z' };
const features: Feature[] = [
  { name: 'x', kind: 'numeric' },
  { name: 'hour', kind: 'categorical', values: [0, 1] },
];
let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
});
after(() => database.drop());

test('invariant 5: no decision on no data: a window without traffic has no rate, no loss and no column', async () => {
  const { db } = database;
  assert.equal(await readServedRange(db, model, 1), null);
  assert.equal(await readNewestEventTime(db, model), null);
  assert.deepEqual(await readWindowProfile(db, { model, version: 1, features, window }), {
    window,
    predictions: 0,
    numeric: { score: [], x: [] },
    categorical: { hour: {} },
    outcomes: 0,
    meanLogLoss: null,
    logLossVariance: null,
    positiveRate: null,
  });
});

test('a window holds what its version answered from its start up to, not at, its end', async () => {
  const { db } = database;
  const champion = { arm: 'champion', version: 1, epoch: 1, score: 0.5 } as const;
  await recordTraffic(db, model, [
    { ...champion, eventTime: '2001-01-01T23:59:59.999Z', inputs: { x: 0, hour: 9 }, label: 1 },
    { ...champion, eventTime: window.from, inputs: { x: 1, hour: 0 }, label: 1 },
    { ...champion, eventTime: '2001-01-02T12:00:00Z', inputs: { x: 2, hour: 1 }, label: 0 },
    { ...champion, eventTime: '2001-01-02T13:00:00Z', inputs: { x: null, hour: 1 }, label: null },
    { ...champion, eventTime: '2001-01-02T14:00:00Z', status: 'failed', label: null },
    { ...champion, version: 2, arm: 'challenger', eventTime: '2001-01-02T12:00:00Z', label: 1 },
    { ...champion, eventTime: window.to, inputs: { x: 9, hour: 9 }, label: 1 },
  ]);
  const profile = await readWindowProfile(db, { model, version: 1, features, window });
  assert.equal(profile.predictions, 3);
  assert.equal(profile.outcomes, 2);
  assert.equal(profile.positiveRate, 0.5);
  assert.equal(profile.meanLogLoss, Math.log(2));
  assert.deepEqual(profile.numeric.x?.sort(), [1, 2]);
  assert.deepEqual(profile.numeric.score, [0.5, 0.5, 0.5]);
  assert.deepEqual(profile.categorical, { hour: { 0: 1, 1: 2 } });
  assert.deepEqual(await readServedRange(db, model, 1), { from: '2001-01-01T23:59:59.999Z', to: window.to });
  assert.equal((await readNewestEventTime(db, model))?.toISOString(), window.to);
});
