import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase, type Database } from '../../src/store/database.js';
import { requireEnvironment } from './environment.js';

/** Name of the migrated database that every test's own is copied from; made by test/run.ts. */
export const templateDatabase = 'tempered_template';

export interface TestDatabase {
  url: string;
  db: Database;
  /** Closes `db` and removes the database. Fails where a test left another connection open. */
  drop(): Promise<void>;
}

/** A fresh database with every migration applied. */
export function createTestDatabase(): Promise<TestDatabase> {
  return createDatabase(templateDatabase);
}

/** A fresh database without any migration. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return createDatabase('template0');
}

async function createDatabase(template: string): Promise<TestDatabase> {
  const server = requireEnvironment('TEMPERED_TEST_DATABASE_URL');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await administer(server, (admin) => admin.raw('create database ?? template ??', [name, template]));
  const url = databaseUrl(server, name);
  const db = openDatabase(url);
  return {
    url,
    db,
    async drop() {
      await db.destroy();
      await administer(server, (admin) => dropDatabase(admin, name));
    },
  };
}

export function databaseUrl(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** PostgreSQL needs a moment to see that the clients of a process that was killed are gone. */
async function dropDatabase(admin: Database, name: string): Promise<void> {
  const deadline = Date.now() + 5_000;
  for (;;) {
    try {
      await admin.raw('drop database ??', [name]);
      return;
    } catch (error) {
      if (Date.now() >= deadline) {
        await admin.raw('drop database ?? with (force)', [name]);
        throw new Error('the test left connections to its database open', { cause: error });
      }
      await sleep(50);
    }
  }
}

async function administer(server: string, work: (admin: Database) => Promise<unknown>): Promise<void> {
  const admin = openDatabase(server, { maxConnections: 1 });
  try {
    await work(admin);
  } finally {
    await admin.destroy();
  }
}
