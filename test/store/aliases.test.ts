import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { listAliases, listAliasMoves, resolveAlias, setAlias } from '../../src/store/aliases.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { registerModel, type RegisteredModel } from '../support/registry.js';

let database: TestDatabase;
let registry: RegisteredModel;
before(async () => {
  database = await createTestDatabase();
  registry = await registerModel(database.db);
});
after(() => database.drop());

const move = (alias: string, version: number | null, reason = 'tests') =>
  setAlias(database.db, registry.model, { alias, version, actor: 'tests', reason });

test('an alias moves, and remembers where it was', async () => {
  const { db } = database;
  const { model } = registry;
  const first = await registry.addVersion();
  const second = await registry.addVersion();
  await move('candidate', first);
  await move('candidate', second, 'better');
  await move('candidate', second, 'again');
  assert.equal(await resolveAlias(db, model, 'candidate'), second);
  assert.deepEqual(
    (await listAliasMoves(db, model)).map(({ sequence, version, reason }) => [sequence, version, reason]),
    [
      [2, second, 'better'],
      [1, first, 'tests'],
    ],
  );

  await move('candidate', null);
  await assert.rejects(resolveAlias(db, model, 'candidate'), { code: 'NotFound', message: /models aliases/ });
  assert.deepEqual(await listAliases(db, model), []);
  assert.equal((await listAliasMoves(db, model)).length, 3);
});

test('of moves at once, one is last and none is lost', async () => {
  const { db } = database;
  const versions = await Promise.all([registry.addVersion(), registry.addVersion(), registry.addVersion()]);
  await Promise.all(versions.map((version) => move('contested', version)));
  const moves = (await listAliasMoves(db, registry.model)).filter(({ alias }) => alias === 'contested');
  assert.deepEqual(moves.map(({ sequence }) => sequence).sort(), [1, 2, 3]);
  assert.equal(
    await resolveAlias(db, registry.model, 'contested'),
    moves.find(({ sequence }) => sequence === 3)?.version,
  );
});

test('champion and challenger follow from what is deployed, and nobody sets them', async () => {
  const { db } = database;
  const { model } = registry;
  await assert.rejects(resolveAlias(db, model, 'champion'), { code: 'NotFound' });
  const champion = await registry.deployBaseline();
  assert.equal(await resolveAlias(db, model, 'champion'), champion);
  await assert.rejects(resolveAlias(db, model, 'challenger'), { code: 'NotFound' });
  await assert.rejects(move('champion', champion), /model_aliases_alias_check/);
});

test('an alias needs a model and a version that are there', async () => {
  await assert.rejects(move('candidate', 999), { code: 'NotFound' });
  const nobody = { alias: 'x', version: null, actor: 'tests', reason: 'tests' };
  await assert.rejects(setAlias(database.db, 'nobody', nobody), { code: 'NotFound' });
  await assert.rejects(resolveAlias(database.db, 'nobody', 'x'), { code: 'NotFound' });
});
