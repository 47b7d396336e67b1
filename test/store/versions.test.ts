import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readModelVersion, requireModelVersion } from '../../src/store/versions.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { registerModel, type RegisteredModel } from '../support/registry.js';

const model = 'lateness';
let database: TestDatabase;
let registry: RegisteredModel;
before(async () => {
  database = await createTestDatabase();
  registry = await registerModel(database.db);
});
after(() => database.drop());

test('versions registered at the same time are numbered one after the other, without a gap', async () => {
  const runs = await Promise.all(Array.from({ length: 12 }, () => registry.addRun()));
  const numbers = await Promise.all(runs.map((runId) => registry.addVersion({ runId })));
  assert.deepEqual(
    numbers.sort((a, b) => a - b),
    Array.from({ length: 12 }, (_, i) => i + 1),
  );
});

test('invariant 8: activities may run twice: a run registered again, even at the same time, keeps its number', async () => {
  const { db } = database;
  const runId = await registry.addRun();
  const numbers = await Promise.all(Array.from({ length: 6 }, () => registry.addVersion({ runId })));
  assert.equal(new Set(numbers).size, 1);
  const [version = 0] = numbers;
  assert.equal((await requireModelVersion(db, model, version)).runId, runId);
  assert.equal(await readModelVersion(db, model, version + 1), null);
});

test('a version that is not there is told from a model that is not there', async () => {
  const { db } = database;
  await assert.rejects(requireModelVersion(db, model, 999), {
    code: 'NotFound',
    message: 'There is no version 999 of model "lateness".',
  });
  await assert.rejects(requireModelVersion(db, 'nobody', 1), {
    code: 'NotFound',
    message: /There is no model "nobody"/,
  });
});
