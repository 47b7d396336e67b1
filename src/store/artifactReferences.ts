/**
 * What garbage collection may remove of the artifact store.
 *
 * Invariants: nothing that a row of the database refers to. References are foreign keys to `artifacts`, found in
 * PostgreSQL's own catalogue, so that a table added later counts by itself. Nobody can record an artifact while it is
 * being removed: whoever wants to waits, and then finds that it has to be stored again.
 */
import type { Knex } from 'knex';
import { z } from 'zod';
import type { Database } from './database.js';

const columnsSchema = z.array(z.object({ schema: z.string(), table: z.string(), column: z.string() }));
export type ReferencingColumn = z.output<typeof columnsSchema>[number];

/** Every column that refers to an artifact. */
export async function listReferencingColumns(db: Database): Promise<ReferencingColumn[]> {
  const { rows } = await db.raw<{ rows: unknown }>(`
    select n.nspname as schema, c.relname as table, a.attname as column
    from pg_constraint f
      join pg_class c on c.oid = f.conrelid
      join pg_namespace n on n.oid = c.relnamespace
      join pg_attribute a on a.attrelid = f.conrelid and a.attnum = any(f.conkey)
    where f.contype = 'f' and f.confrelid = 'artifacts'::regclass
    order by 1, 2, 3`);
  return columnsSchema.parse(rows);
}

/** Those of these artifacts that a row refers to, or that were first recorded since `recordedBefore`. */
export async function findKept(
  db: Database,
  sha256s: readonly string[],
  recordedBefore: Date,
): Promise<ReadonlySet<string>> {
  const columns = await listReferencingColumns(db);
  const rows = await db('artifacts')
    .whereIn('sha256', sha256s)
    .andWhere((kept) => {
      void kept.where('created_at', '>=', recordedBefore);
      for (const column of columns) void kept.orWhereExists(rowsReferring(db, column));
    })
    .select<{ sha256: string }[]>('sha256');
  return new Set(rows.map(({ sha256 }) => sha256));
}

function rowsReferring(db: Database, { schema, table, column }: ReferencingColumn): Knex.QueryBuilder {
  return db
    .withSchema(schema)
    .from(table)
    .select(db.raw('1'))
    .whereRaw('??.??.?? = artifacts.sha256', [schema, table, column]);
}

/**
 * Forgets those of these artifacts that nothing needs, and removes them from the store, while nobody can record one.
 *
 * @param remove - removes one from the store; answers whether it did
 * @returns those that were removed
 */
export async function removeUnreferenced(
  db: Database,
  sha256s: readonly string[],
  { recordedBefore, remove }: { recordedBefore: Date; remove: (sha256: string) => Promise<boolean> },
): Promise<string[]> {
  return db.transaction(async (transaction) => {
    // Lets others read and refer to artifacts, but not record any until this batch is done.
    await transaction.raw('lock table artifacts in share row exclusive mode');
    const kept = await findKept(transaction, sha256s, recordedBefore);
    const unneeded = sha256s.filter((sha256) => !kept.has(sha256));
    await transaction('artifacts').whereIn('sha256', unneeded).delete();
    const removed: string[] = [];
    for (const sha256 of unneeded) if (await remove(sha256)) removed.push(sha256);
    return removed;
  });
}
