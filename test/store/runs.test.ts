import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { abandonRun, completeRun, readRun } from '../../src/store/runs.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { registerModel, type RegisteredModel } from '../support/registry.js';

let database: TestDatabase;
let registry: RegisteredModel;
before(async () => {
  database = await createTestDatabase();
  registry = await registerModel(database.db);
});
after(() => database.drop());

const result = {
  metrics: [
    { name: 'loss', step: 1, value: 0.6 },
    { name: 'loss', step: 2, value: 0.5 },
  ],
  parity: { rows: 10, maxAbsoluteDifference: 1e-7, tolerance: 1e-5 },
  environment: null,
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
