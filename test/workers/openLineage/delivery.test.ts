import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import pino from 'pino';
import { freePort } from '../../../src/workers/local/ports.js';
import {
  startOpenLineageDelivery,
  type OpenLineageDelivery,
  type OpenLineageOptions,
} from '../../../src/workers/openLineage/delivery.js';
import { abandonRun, completeRun } from '../../../src/store/runs.js';
import { recordArtifact } from '../../../src/store/artifacts.js';
import { tagRun } from '../../../src/store/runTags.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { startLineageReceiver, type LineageReceiver } from '../../support/lineageReceiver.js';
import { registerModel, type RegisteredModel } from '../../support/registry.js';
import { waitFor } from '../../support/waitFor.js';

const modelSha256 = 'b'.repeat(64);
const silent = pino({ level: 'silent' });

describe('OpenLineage events', () => {
  let database: TestDatabase;
  let registry: RegisteredModel;
  let receiver: LineageReceiver | null = null;
  let deliveries: OpenLineageDelivery[] = [];

  before(async () => {
    database = await createTestDatabase();
    registry = await registerModel(database.db);
    await recordArtifact(database.db, { sha256: modelSha256, bytes: 3, kind: 'model' });
  });
  after(() => database.drop());
  beforeEach(() => database.db('openlineage_events').delete());
  afterEach(async () => {
    for (const delivery of deliveries) await delivery.stop();
    deliveries = [];
    await receiver?.close();
    receiver = null;
  });

  function deliver(url: string | null, options: Partial<OpenLineageOptions> = {}): void {
    deliveries.push(
      startOpenLineageDelivery({
        db: database.db,
        endpoint: url === null ? null : { url, apiKey: 'secret-token' },
        producer: { namespace: 'tests', version: '1.2.3' },
        log: silent,
        pauseMs: 20,
        ...options,
      }),
    );
  }

  const pendingCount = async (): Promise<number> => {
    const rows = await database.db('openlineage_events').where({ delivered_at: null, refused_at: null });
    return rows.length;
  };
  const allSent = () => waitFor('an empty outbox', async () => (await pendingCount()) === 0);

  async function succeed(id: string): Promise<void> {
    await completeRun(database.db, id, {
      modelSha256,
      metrics: [{ name: 'loss', step: 1, value: 0.5 }],
      parity: null,
      environment: null,
      resources: { cpuSeconds: 2, gpuSeconds: null },
    });
  }

  it('tell of a run, its registration and its validation, with what they read and wrote', async () => {
    const { db } = database;
    const run = await registry.addRun();
    await tagRun(db, run, { set: { note: 'first' }, removed: [] });
    await succeed(run);
    const version = await registry.addVersion({ runId: run });
    const validation = await registry.addValidation({ version, championVersion: version, verdict: 'failed' });
    receiver = await startLineageReceiver();
    deliver(receiver.url);
    await allSent();

    const { events } = receiver;
    assert.deepEqual(
      events.map(({ job, eventType }) => `${job.name} ${eventType}`),
      [
        'lateness.train START',
        'lateness.train COMPLETE',
        'lateness.register START',
        'lateness.register COMPLETE',
        'lateness.validate START',
        'lateness.validate COMPLETE',
      ],
    );
    const [started, trained, , registered, , validated] = events;
    assert.ok(started && trained && registered && validated);
    assert.deepEqual([started.run.runId, trained.run.runId, validated.run.runId], [run, run, validation]);
    assert.deepEqual(started.outputs, []);
    assert.equal(trained.inputs[0]?.name, 'datasets.rows');
    assert.equal(trained.inputs[0].inputFacets?.['dataQualityMetrics']?.['rowCount'], 1);
    assert.equal(trained.outputs[0]?.facets['version']?.['datasetVersion'], modelSha256);
    assert.deepEqual(trained.run.facets['tempered_run']?.['metrics'], { loss: 0.5 });
    assert.deepEqual(trained.run.facets['tags']?.['tags'], [{ key: 'note', value: 'first', source: 'USER' }]);
    assert.deepEqual(trained.job.facets['ownership']?.['owners'], [{ name: 'tests', type: 'OWNER' }]);
    assert.deepEqual(registered.run.facets['parent']?.['run'], { runId: run });
    assert.equal(registered.outputs[0]?.facets['version']?.['datasetVersion'], String(version));
    assert.equal(validated.run.facets['tempered_validation']?.['verdict'], 'failed');
    assert.deepEqual(receiver.authorizations, Array(6).fill('Bearer secret-token'));
  });

  it('tell of a snapshot once, from its source', async () => {
    const { db } = database;
    const id = 'c'.repeat(64);
    await db('dataset_versions').insert({
      id,
      manifest: {
        ...{ id, source: 'rows', sourceSha256: 'd'.repeat(64), query: 'SELECT 1' },
        window: { from: '2001-01-01T00:00:00.000Z', to: '2001-01-08T00:00:00.000Z' },
        ...{ eventTimeRange: null, rowCount: 7, columns: [{ name: 'x', type: 'DOUBLE' }] },
        ...{ parquetSha256: modelSha256, parquetBytes: 70 },
      },
      parquet_sha256: modelSha256,
      row_count: 7,
    });
    receiver = await startLineageReceiver();
    deliver(receiver.url);
    await allSent();
    const [start, complete] = receiver.events;
    assert.ok(start && complete);
    assert.equal(start.run.runId, complete.run.runId);
    assert.deepEqual(
      [complete.job.name, complete.inputs[0]?.name, complete.outputs[0]?.name],
      ['rows.snapshot', 'sources.rows', 'datasets.rows'],
    );
    assert.equal(complete.inputs[0]?.facets['version']?.['datasetVersion'], 'd'.repeat(64));
    assert.deepEqual(complete.outputs[0]?.facets['schema']?.['fields'], [
      { name: 'x', type: 'DOUBLE', ordinal_position: 1 },
    ]);
    const written = complete.outputs.at(0)?.outputFacets ?? {};
    assert.equal(written['outputStatistics']?.['rowCount'], 7);
  });

  it('tell of failures and cancellations with their reasons', async () => {
    const { db } = database;
    await abandonRun(db, await registry.addRun(), 'failed', 'it diverged');
    await abandonRun(db, await registry.addRun(), 'cancelled', 'by an operator');
    receiver = await startLineageReceiver();
    deliver(receiver.url);
    await allSent();
    assert.deepEqual(
      receiver.events.map(({ eventType, run }) => [eventType, run.facets['errorMessage']?.['message']]),
      [
        ['START', undefined],
        ['FAIL', 'it diverged'],
        ['START', undefined],
        ['ABORT', 'by an operator'],
      ],
    );
  });

  it('are of what happened only: a change that is rolled back tells nothing', async () => {
    const { db } = database;
    const id = await registry.addRun();
    await db('openlineage_events').delete();
    const transaction = await db.transaction();
    await abandonRun(transaction, id, 'failed', 'never so');
    await transaction.rollback();
    assert.equal(await pendingCount(), 0);
    await abandonRun(db, id, 'failed', 'so');
    await abandonRun(db, id, 'cancelled', 'too late');
    assert.equal(await pendingCount(), 1);
  });

  it('wait for an endpoint that is away, failing or shut, and come in order when it is back', async () => {
    const { db } = database;
    const port = await freePort();
    deliver(`http://127.0.0.1:${String(port)}/api/v1/lineage`);
    const runs = [await registry.addRun(), await registry.addRun()];
    for (const id of runs) await succeed(id);
    await waitFor('a failed attempt', async () => {
      const { attempts } = await db('openlineage_events').orderBy('id').first<{ attempts: number }>();
      return attempts > 1;
    });

    receiver = await startLineageReceiver(
      (_event, request) => [500, 429, 401, 503][request - 1] ?? 200,
      port,
    );
    await allSent();
    assert.equal(receiver.requests.count, 8);
    const seen = receiver.events.map(
      ({ run, eventType }) => `${String(runs.indexOf(run.runId))} ${eventType}`,
    );
    assert.deepEqual(seen, ['0 START', '1 START', '0 COMPLETE', '1 COMPLETE']);
  });

  it('pass over one that the endpoint will never take, and keep why', async () => {
    const { db } = database;
    await succeed(await registry.addRun());
    await succeed(await registry.addRun());
    receiver = await startLineageReceiver((_event, request) => (request === 2 ? 422 : 200));
    deliver(receiver.url);
    await allSent();
    assert.equal(receiver.events.length, 3);
    const refused = await db('openlineage_events')
      .whereNotNull('refused_at')
      .select('last_error', 'event_type');
    assert.deepEqual(refused, [{ last_error: 'status 422: ', event_type: 'COMPLETE' }]);
  });

  it('that cannot be made hold nothing up', async () => {
    const { db } = database;
    await db('openlineage_events').insert({
      subject_kind: 'run',
      subject: randomUUID(),
      event_type: 'START',
    });
    await succeed(await registry.addRun());
    receiver = await startLineageReceiver();
    deliver(receiver.url);
    await allSent();
    assert.equal(receiver.events.length, 2);
    const [refused] = await db('openlineage_events')
      .whereNotNull('refused_at')
      .select<{ last_error: string }[]>();
    assert.match(refused?.last_error ?? '', /could not be made: There is no run/);
  });

  it('are sent by one of several workers at a time, each once, in order', async () => {
    const runs = await Promise.all(Array.from({ length: 25 }, () => registry.addRun()));
    await Promise.all(runs.map(succeed));
    receiver = await startLineageReceiver();
    const { url } = receiver;
    for (let worker = 0; worker < 4; worker++) deliver(url);
    await allSent();
    assert.equal(receiver.requests.atOnce, 1);
    assert.equal(receiver.requests.count, 50);
    for (const id of runs) {
      const types: string[] = receiver.events
        .filter(({ run }) => run.runId === id)
        .map(({ eventType }) => eventType);
      assert.deepEqual(types, ['START', 'COMPLETE']);
    }
  });

  it('go on where a worker stopped, an event under way being sent again', async () => {
    await succeed(await registry.addRun());
    let stopped: Promise<unknown> = Promise.resolve();
    receiver = await startLineageReceiver(async (_event, request) => {
      if (request === 1) {
        stopped = Promise.all(deliveries.map((delivery) => delivery.stop()));
        await stopped;
      }
      return 200;
    });
    deliver(receiver.url);
    await waitFor('the first request', () => Promise.resolve(receiver?.requests.count === 1));
    await stopped;
    assert.equal(await pendingCount(), 2);
    deliver(receiver.url);
    await allSent();
    assert.deepEqual(
      receiver.events.slice(-2).map(({ eventType }) => eventType),
      ['START', 'COMPLETE'],
    );
  });

  it('leave no trace after a week, and pile up nowhere without an endpoint', async () => {
    const { db } = database;
    const age = async (): Promise<void> => {
      await db('openlineage_events').update({ occurred_at: db.raw(`now() - interval '8 days'`) });
    };
    const count = async () => (await db('openlineage_events')).length;
    await succeed(await registry.addRun());
    await age();
    await db('openlineage_events')
      .where({ event_type: 'START' })
      .update({ delivered_at: new Date(0) });
    deliver('http://127.0.0.1:1/');
    await waitFor('the delivered one to go', async () => (await count()) === 1);
    assert.equal(await pendingCount(), 1, 'what is not delivered is kept as long as there is an endpoint');

    await registry.addRun();
    deliver(null);
    await waitFor('the old one to go', async () => (await count()) === 1);
  });
});
