/** The outbox of OpenLineage events. Triggers fill it (migration 0008); one control worker at a time empties it. */
import type { OpenLineageEventType } from '../../domain/openLineage/event.js';
import type { Database } from '../database.js';

export type OpenLineageSubject = 'dataset' | 'run' | 'version' | 'validation';

export interface PendingEvent {
  id: number;
  subjectKind: OpenLineageSubject;
  /** Id of the dataset version, run or validation; of a model version, the id of its run. */
  subject: string;
  type: OpenLineageEventType;
  occurredAt: Date;
  attempts: number;
}

/** "olin" in ASCII: names the advisory lock of whoever sends. */
const senderLock = 0x6f6c696e;

/**
 * Does the work while no other process sends. The lock goes with the connection, so with a process that is killed.
 *
 * @returns null where another process sends
 */
export async function asOnlySender<T>(db: Database, work: () => Promise<T>): Promise<T | null> {
  return db.transaction(async (transaction) => {
    const { rows } = await transaction.raw<{ rows: { locked: boolean }[] }>(
      'select pg_try_advisory_xact_lock(?) as locked',
      [senderLock],
    );
    return rows[0]?.locked === true ? work() : null;
  });
}

interface PendingRow {
  id: number;
  subject_kind: OpenLineageSubject;
  subject: string;
  event_type: OpenLineageEventType;
  occurred_at: Date;
  attempts: number;
}

/** The oldest events that are still to be sent, in the order they happened in. */
export async function readPendingEvents(db: Database, limit: number): Promise<PendingEvent[]> {
  const rows = await db('openlineage_events')
    .where({ delivered_at: null, refused_at: null })
    .orderBy('id')
    .limit(limit)
    .select<PendingRow[]>('id', 'subject_kind', 'subject', 'event_type', 'occurred_at', 'attempts');
  return rows.map((row) => ({
    id: row.id,
    subjectKind: row.subject_kind,
    subject: row.subject,
    type: row.event_type,
    occurredAt: row.occurred_at,
    attempts: row.attempts,
  }));
}

export async function markDelivered(db: Database, id: number): Promise<void> {
  await settle(db, id, { delivered_at: db.fn.now(), last_error: null });
}

/** Gives an event up: the endpoint will never take it. */
export async function markRefused(db: Database, id: number, error: string): Promise<void> {
  await settle(db, id, { refused_at: db.fn.now(), last_error: error });
}

/** Notes a failure after which the event is sent again. */
export async function markFailed(db: Database, id: number, error: string): Promise<void> {
  await settle(db, id, { last_error: error });
}

async function settle(db: Database, id: number, change: Record<string, unknown>): Promise<void> {
  await db('openlineage_events')
    .where({ id })
    .update({ ...change, attempts: db.raw('attempts + 1') });
}

const prunedPerStatement = 10_000;

/**
 * Removes events that were settled before a moment; where nothing sends, also those that merely happened before it.
 *
 * @returns how many
 */
export async function pruneEvents(
  db: Database,
  before: Date,
  { pending }: { pending: boolean },
): Promise<number> {
  let pruned = 0;
  for (;;) {
    const old = db('openlineage_events').select('id').limit(prunedPerStatement);
    if (pending) void old.where({ delivered_at: null, refused_at: null }).where('occurred_at', '<', before);
    else void old.whereRaw('coalesce(delivered_at, refused_at) < ?', [before]);
    const removed = await db('openlineage_events').whereIn('id', old).delete();
    pruned += removed;
    if (removed < prunedPerStatement) return pruned;
  }
}
