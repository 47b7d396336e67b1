import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readModelVersion, requireModelVersion } from '../../src/store/versions.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { addRun, addVersion, model, registerModel } from '../support/registry.js';

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
  await registerModel(database.db);
});
after(() => database.drop());

test('versions registered at the same time are numbered one after the other, without a gap', async () => {
  const { db } = database;
  const runs = await Promise.all(Array.from({ length: 12 }, () => addRun(db)));
  const numbers = await Promise.all(runs.map((runId) => addVersion(db, { runId })));
  assert.deepEqual(
    numbers.sort((a, b) => a - b),
    Array.from({ length: 12 }, (_, i) => i + 1),
  );
});

test('invariant 8: activities may run twice: a run registered again, even at the same time, keeps its number', async () => {
  const { db } = database;
  const runId = await addRun(db);
  const numbers = await Promise.all(Array.from({ length: 6 }, () => addVersion(db, { runId })));
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
