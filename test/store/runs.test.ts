import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { recordArtifact } from '../../src/store/artifacts.js';
import { listRunArtifacts } from '../../src/store/runArtifacts.js';
import { recordMetrics } from '../../src/store/runMetrics.js';
import { abandonRun, completeRun, readRun } from '../../src/store/runs.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { registerModel, type RegisteredModel } from '../support/registry.js';

let database: TestDatabase;
let registry: RegisteredModel;
before(async () => {
  database = await createTestDatabase();
  registry = await registerModel(database.db);
  await recordArtifact(database.db, { sha256: result.modelSha256, bytes: 3, kind: 'model' });
});
after(() => database.drop());

const result = {
  modelSha256: createHash('sha256').update('model').digest('hex'),
  metrics: [
    { name: 'loss', step: 1, value: 0.6 },
    { name: 'loss', step: 2, value: 0.5 },
  ],
  parity: { rows: 10, maxAbsoluteDifference: 1e-7, tolerance: 1e-5 },
  environment: null,
  resources: { cpuSeconds: 12.5, gpuSeconds: null },
};

async function statusOf(id: string): Promise<string | undefined> {
  const row = await database.db<{ id: string; status: string }>('runs').where({ id }).first();
  return row?.status;
}

test('invariant 8: activities may run twice: a run begins and completes once', async () => {
  const { db } = database;
  const id = await registry.addRun();
  await registry.addRun(id);
  await Promise.all([completeRun(db, id, result), completeRun(db, id, result)]);
  assert.equal((await db('run_metrics').where({ run_id: id })).length, 2);
  await abandonRun(db, id, 'failed', 'too late');
  assert.equal(await statusOf(id), 'succeeded');
});

test('invariant 8: activities may run twice: a metric recorded live is recorded once, and completing fills the gaps', async () => {
  const { db } = database;
  const id = await registry.addRun();
  await recordMetrics(db, id, [{ name: 'loss', step: 1, value: 0.9 }]);
  await recordMetrics(db, id, [{ name: 'loss', step: 1, value: 0.6 }]);
  assert.deepEqual(await db('run_metrics').where({ run_id: id }).select('step', 'value'), [
    { step: 1, value: 0.6 },
  ]);
  await completeRun(db, id, result);
  assert.deepEqual(await db('run_metrics').where({ run_id: id }).orderBy('step').select('step', 'value'), [
    { step: 1, value: 0.6 },
    { step: 2, value: 0.5 },
  ]);
});

test('a run keeps what it cost and what it made', async () => {
  const { db } = database;
  const id = await registry.addRun();
  await completeRun(db, id, result);
  const row = await db<{ id: string; cpu_seconds: number; gpu_seconds: number | null }>('runs')
    .where({ id })
    .first();
  assert.deepEqual([row?.cpu_seconds, row?.gpu_seconds], [12.5, null]);
  assert.deepEqual(await listRunArtifacts(db, id), [
    { name: 'model', sha256: result.modelSha256, bytes: 3, kind: 'model' },
  ]);
});

test('a run that was abandoned stays so', async () => {
  const { db } = database;
  const id = await registry.addRun();
  await abandonRun(db, id, 'cancelled', 'the workflow was cancelled');
  await completeRun(db, id, result);
  assert.equal(await statusOf(id), 'cancelled');
  assert.equal((await db('run_metrics').where({ run_id: id })).length, 0);
});

test('a run that is not there', async () => {
  await assert.rejects(readRun(database.db, randomUUID()), { code: 'NotFound' });
});
