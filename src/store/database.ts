import knex, { type Knex } from 'knex';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

export type Database = Knex;

// int8 (row counts, byte sizes) stays far under 2^53 here.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** Opens a pool on PostgreSQL. The caller destroys it. */
export function openDatabase(url: string, options: { maxConnections?: number } = {}): Database {
  return knex({
    client: 'pg',
    connection: { connectionString: url, application_name: 'tempered' },
    pool: { min: 0, max: options.maxConnections ?? 8 },
    acquireConnectionTimeout: 10_000,
    migrations: {
      directory: fileURLToPath(new URL('../../migrations', import.meta.url)),
      loadExtensions: ['.js'],
      tableName: 'tempered_migrations',
    },
  });
}

/** "temp" in ASCII: names the advisory lock under which the schema changes. */
const migrationLock = 0x74656d70;

/**
 * Brings the schema up to date; safe to run from several processes at once. Takes two connections: knex's own lock
 * is a table that it has to create first, so ours is held around it.
 */
export async function migrateToLatest(db: Database): Promise<void> {
  await db.transaction(async (holder) => {
    await holder.raw('select pg_advisory_xact_lock(?)', [migrationLock]);
    await db.migrate.latest();
  });
}
