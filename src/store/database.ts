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

/** Brings the schema up to date; safe to run from several processes at once. */
export async function migrateToLatest(db: Database): Promise<void> {
  await db.migrate.latest();
}
