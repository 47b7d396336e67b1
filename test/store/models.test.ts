import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { listModels, readDefinition, readModel, registerDefinition } from '../../src/store/models.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { lateness } from '../support/registry.js';

const model = 'lateness';
let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
});
after(() => database.drop());

test('invariant 8: activities may run twice: the same definition again is the same, however its keys are ordered', async () => {
  const { db } = database;
  const first = await registerDefinition(db, lateness);
  const reordered = Object.fromEntries(Object.entries(lateness).reverse());
  const again = await Promise.all([registerDefinition(db, reordered), registerDefinition(db, lateness)]);
  for (const { definitionDigest } of again) assert.equal(definitionDigest, first.definitionDigest);
  assert.equal((await listModels(db)).length, 1);
});

test('a changed definition becomes the current one, and the one before stays readable', async () => {
  const { db } = database;
  const before = await registerDefinition(db, lateness);
  const after = await registerDefinition(db, { ...lateness, seed: 7 });
  assert.notEqual(after.definitionDigest, before.definitionDigest);
  assert.equal((await readModel(db, model)).definition.seed, 7);
  assert.equal((await readDefinition(db, before.definitionDigest)).seed, 1);
});

test('a bad definition is not registered', async () => {
  const { db } = database;
  await assert.rejects(registerDefinition(db, { ...lateness, name: 'other', features: [] }), {
    code: 'InvalidInput',
    message: /features: /,
  });
  await assert.rejects(readModel(db, 'other'), { code: 'NotFound', message: /tempered models apply/ });
});
