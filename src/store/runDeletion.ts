/** Runs are deleted softly: hidden, and to be restored. What a model version needs cannot be deleted at all. */
import pg from 'pg';
import { TemperedError } from '../domain/errors.js';
import type { Database } from './database.js';

/**
 * Hides a run. Deleting it again changes nothing.
 *
 * @throws TemperedError `NotFound`; `Forbidden` for a run that is under way or that a model version was made by
 */
export async function deleteRun(db: Database, id: string, actor: string): Promise<void> {
  try {
    const updated = await db('runs')
      .where({ id })
      .update({
        deleted_at: db.raw('coalesce(deleted_at, now())'),
        deleted_by: db.raw('coalesce(deleted_by, ?)', [actor]),
      });
    if (updated === 0) throw new TemperedError('NotFound', `There is no run ${id}.`);
  } catch (cause) {
    throw explain(id, cause);
  }
}

/** @throws TemperedError `NotFound` */
export async function restoreRun(db: Database, id: string): Promise<void> {
  const updated = await db('runs').where({ id }).update({ deleted_at: null, deleted_by: null });
  if (updated === 0) throw new TemperedError('NotFound', `There is no run ${id}.`);
}

function explain(id: string, cause: unknown): unknown {
  if (!(cause instanceof pg.DatabaseError)) return cause;
  if (cause.constraint === 'versions_need_their_runs') {
    return new TemperedError(
      'Forbidden',
      `Run ${id} made a model version, whose lineage needs it, so it stays. See: tempered lineage ${id}`,
      { cause },
    );
  }
  if (cause.constraint === 'only_ended_runs_are_deleted') {
    return new TemperedError('Forbidden', `Run ${id} is under way. Cancel its workflow first.`, { cause });
  }
  return cause;
}
