/** Writing to the online store: only a materialization does. */
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Database } from './database.js';
import { keepsHistory, type OnlineView } from './onlineFeatures.js';

/**
 * Takes feature rows into the online store, all or none. A row is replaced by one that happened later or, having
 * happened at the same time, came in later; so any rows may be written again, in any order, and the store ends the same
 * (invariant 8). Values that a source has restated under the same times are taken over.
 *
 * @param csv - rows "entity key, event time, ingestion time, features (JSON list), whether the latest of its entity
 *   here", the times in UTC and no two rows alike in key and times
 * @returns how many rows were given
 */
export async function writeOnlineFeatures(
  db: Database,
  view: Pick<OnlineView, 'id' | 'definition'>,
  csv: Readable,
): Promise<number> {
  return db.transaction(async (transaction) => {
    // Two writers of one view take turns.
    await transaction('online_feature_views').where({ id: view.id }).forUpdate().select('id');
    await transaction.raw(createStaging);
    const copy = (await connectionOf(transaction)).query(
      copyFrom('copy given_features from stdin (format csv)'),
    );
    await pipeline(csv, copy);
    if (keepsHistory(view.definition)) await transaction.raw(insertHistory, [view.id]);
    await transaction.raw(upsertLatest, [view.id]);
    return copy.rowCount;
  });
}

/** Removes history that no moment the view answers for can see any more. */
export async function pruneHistory(
  db: Database,
  view: Pick<OnlineView, 'id' | 'definition'>,
  watermark: Date,
): Promise<void> {
  const { materialization, ttlHours } = view.definition;
  const oldest = watermark.getTime() - (materialization.historyHours + ttlHours) * 3_600_000;
  await db('online_feature_history')
    .where({ view_id: view.id })
    .andWhere('event_time', '<', new Date(oldest))
    .delete();
}

/** The connection that a transaction runs on; knex itself knows no COPY. */
async function connectionOf(transaction: { client: unknown }): Promise<pg.Client> {
  const { client } = transaction;
  if (hasConnection(client)) {
    const connection = await client.acquireConnection();
    if (connection instanceof pg.Client) return connection;
  }
  throw new Error('the database is not reached through pg');
}

function hasConnection(client: unknown): client is { acquireConnection(): Promise<unknown> } {
  return typeof client === 'object' && client !== null && 'acquireConnection' in client;
}

const createStaging = `
  set local timezone = 'UTC';
  create temporary table given_features (
    entity_key text collate "C", event_time timestamptz, ingestion_time timestamptz, features json, latest boolean
  ) on commit drop`;

const upsertLatest = `
  insert into online_features as stored (view_id, entity_key, event_time, ingestion_time, features)
  select ?::int, entity_key, event_time, ingestion_time, features from given_features where latest
  on conflict (view_id, entity_key) do update set
    event_time = excluded.event_time, ingestion_time = excluded.ingestion_time, features = excluded.features
  where (excluded.event_time, excluded.ingestion_time) > (stored.event_time, stored.ingestion_time)
    or ((excluded.event_time, excluded.ingestion_time) = (stored.event_time, stored.ingestion_time)
      and excluded.features::text <> stored.features::text)`;

const insertHistory = `
  insert into online_feature_history as stored (view_id, entity_key, event_time, ingestion_time, features)
  select ?::int, entity_key, event_time, ingestion_time, features from given_features
  on conflict (view_id, entity_key, event_time, ingestion_time) do update set features = excluded.features
  where excluded.features::text <> stored.features::text`;
