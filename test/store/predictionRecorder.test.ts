import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createApiKey } from '../../src/store/apiKeys.js';
import { PredictionRecorder } from '../../src/store/predictionRecorder.js';
import type { Prediction } from '../../src/store/predictions.js';
import { type TestDatabase, createTestDatabase } from '../support/database.js';
import { waitFor } from '../support/waitFor.js';

describe('prediction recorder', () => {
  let database: TestDatabase;
  let recorder: PredictionRecorder;
  let apiKeyId: string;

  const prediction = (replaced: Partial<Prediction> = {}): Prediction => ({
    id: randomUUID(),
    requestId: randomUUID(),
    model: 'arrival',
    version: 1,
    arm: 'champion',
    epoch: 1,
    routingKey: 'Zürich "✈"',
    eventTime: new Date('2001-05-01T00:00:00Z'),
    status: 'answered',
    error: null,
    inputs: { distance: 850 },
    outputs: { score: 0.25 },
    lookedUp: { keys: { origin: 'ATL' }, features: { age: 'expired' } },
    score: 0.25,
    latencyMs: 1.5,
    apiKeyId,
    ...replaced,
  });
  const recordedIds = async (): Promise<Set<string>> =>
    new Set(await database.db('predictions').pluck<string[]>('id'));

  before(async () => {
    database = await createTestDatabase();
    apiKeyId = (await createApiKey(database.db, { name: 'recorder', scopes: ['predict'] })).id;
    recorder = new PredictionRecorder(database.url);
  });
  after(async () => {
    await recorder.close();
    await database.drop();
  });

  it('records every row of many requests at once, as they are', async () => {
    const requests = Array.from({ length: 300 }, (_, i) =>
      Array.from({ length: 1 + (i % 4) }, () => prediction()),
    );
    await Promise.all(requests.map((rows) => recorder.record(rows)));
    const ids = await recordedIds();
    for (const { id } of requests.flat()) assert.ok(ids.has(id));
    const [first] = await database
      .db('predictions')
      .where({ request_id: requests[0]?.[0]?.requestId })
      .select<Record<string, unknown>[]>('*');
    assert.ok(first?.recorded_at instanceof Date);
    assert.deepEqual(first, {
      id: requests[0]?.[0]?.id,
      request_id: requests[0]?.[0]?.requestId,
      recorded_at: first.recorded_at,
      model: 'arrival',
      version: 1,
      arm: 'champion',
      epoch: 1,
      routing_key: 'Zürich "✈"',
      event_time: new Date('2001-05-01T00:00:00Z'),
      status: 'answered',
      error: null,
      inputs: { distance: 850 },
      outputs: { score: 0.25 },
      looked_up: { keys: { origin: 'ATL' }, features: { age: 'expired' } },
      score: 0.25,
      latency_ms: 1.5,
      api_key_id: apiKeyId,
    });
  });

  it('refuses only the request whose row PostgreSQL refuses, not those that share its insert', async () => {
    const lock = await database.db.transaction();
    await lock.raw('lock table predictions in access exclusive mode');
    // Two requests occupy the writers; the rest waits, and goes as one group.
    const first = [prediction(), prediction()].map((row) => recorder.record([row]));
    await waitFor('both writers to wait', async () => {
      const { rows } = await database.db.raw<{ rows: unknown[] }>(
        `select 1 from pg_stat_activity
         where application_name = 'tempered recorder' and datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rows.length === 2;
    });
    const good = [prediction(), prediction()];
    const bad = prediction({ routingKey: 'a\0b' });
    const results = Promise.allSettled(
      [good[0], bad, good[1]].map((row) => recorder.record(row ? [row] : [])),
    );
    await lock.rollback();
    await Promise.all(first);
    assert.deepEqual(
      (await results).map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    const ids = await recordedIds();
    for (const { id } of good) assert.ok(ids.has(id));
    assert.ok(!ids.has(bad.id));
  });

  it('refuses at once what would not fit into its queue', async () => {
    const rows = Array.from({ length: 20_001 }, () => prediction());
    await assert.rejects(recorder.record(rows), { code: 'Unavailable', message: /cannot be recorded/ });
  });
});
