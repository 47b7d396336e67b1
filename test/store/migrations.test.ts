import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { migrateToLatest, openDatabase, type Database } from '../../src/store/database.js';
import { createEmptyDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
before(async () => {
  database = await createEmptyDatabase();
});
after(() => database.drop());

/** What the migrations are there to make: every table, function and domain of ours. */
async function objectsOf(db: Database): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { name: string }[] }>(`
    select 'table ' || tablename as name from pg_tables
      where schemaname = 'public' and tablename not like 'tempered_migrations%'
    union all select 'function ' || proname from pg_proc where pronamespace = 'public'::regnamespace
    union all select 'domain ' || typname from pg_type where typnamespace = 'public'::regnamespace and typtype = 'd'
    order by name`);
  return rows.map(({ name }) => name);
}

test('migrations go up, down to nothing, and up again to the same schema', async () => {
  const { db } = database;
  await migrateToLatest(db);
  const first = await objectsOf(db);
  assert.ok(first.includes('table predictions'), `no predictions table among ${first.join(', ')}`);

  await db.migrate.rollback(undefined, true);
  assert.deepEqual(await objectsOf(db), []);

  await migrateToLatest(db);
  assert.deepEqual(await objectsOf(db), first);
});

test('several processes that migrate an empty database at once all succeed', async () => {
  const empty = await createEmptyDatabase();
  const processes = [1, 2, 3, 4].map(() => openDatabase(empty.url));
  try {
    await Promise.all(processes.map(migrateToLatest));
    assert.ok((await objectsOf(empty.db)).includes('table predictions'));
    const { rows } = await empty.db.raw<{ rows: unknown[] }>('select from tempered_migrations_lock');
    assert.equal(rows.length, 1, 'a second lock row would block every later migration');
  } finally {
    await Promise.all(processes.map((db) => db.destroy()));
    await empty.drop();
  }
});
