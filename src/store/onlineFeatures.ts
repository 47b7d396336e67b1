import pg from 'pg';
import { TemperedError, messageOf } from '../domain/errors.js';
import type { FeatureView } from '../domain/featureView.js';
import {
  answerAt,
  type FeatureValue,
  type OnlineAnswer,
  type StoredFeatures,
} from '../domain/onlineFeatures.js';
import type { Database } from './database.js';
import { requireFeatureView, type FeatureViewVersion } from './featureViews.js';

/** Connections of one process. A read takes well under a millisecond, so a few serve thousands a second. */
const maxConnections = 4;
/** A read that takes longer counts as failed: its caller is refused instead of waiting for ever. */
const readTimeoutMs = 2_000;
/** Reads that may wait for a connection: half a second or so of full load. What comes on top is refused at once. */
const maxWaitingReads = 2_000;

/** A view version as the online store knows it. */
export interface OnlineView extends FeatureViewVersion {
  id: number;
}

/** One entity of one view, as of a moment. */
export interface OnlineRequest {
  view: Pick<OnlineView, 'id' | 'definition'>;
  /** By domain/entityKey.ts. */
  entityKey: string;
  moment: Date;
}

interface OnlineRow {
  position: number;
  event_time: Date;
  ingestion_time: Date;
  features: FeatureValue[];
}

/**
 * A version of a view with its number in the online store, by default the newest.
 * @throws TemperedError `NotFound`
 */
export async function requireOnlineView(db: Database, name: string, version?: number): Promise<OnlineView> {
  const view = await requireFeatureView(db, name, version);
  const row = await db<{ id: number; view: string; version: number }>('online_feature_views')
    .where({ view: name, version: view.version })
    .first('id');
  if (row === undefined) throw new Error(`${name}@${String(view.version)} has no number in the online store`);
  return { ...view, id: row.id };
}

/** Reads online features: any number of entities and views in one round trip, over a bounded number of connections. */
export class OnlineFeatureReader {
  private readonly pool: pg.Pool;

  constructor(databaseUrl: string) {
    this.pool = new pg.Pool({
      connectionString: databaseUrl,
      application_name: 'tempered online features',
      max: maxConnections,
      connectionTimeoutMillis: readTimeoutMs,
      query_timeout: readTimeoutMs,
      statement_timeout: readTimeoutMs,
    });
    // An idle connection that breaks leaves the pool by itself; the next read opens another or reports why it can't.
    this.pool.on('error', () => undefined);
  }

  /**
   * @returns one answer per request, in their order
   * @throws TemperedError `Unavailable` where PostgreSQL does not answer in time
   */
  async read(requests: readonly OnlineRequest[]): Promise<OnlineAnswer[]> {
    if (requests.length === 0) return [];
    if (this.pool.waitingCount >= maxWaitingReads) {
      throw unreadable(new Error(`${String(maxWaitingReads)} reads wait already; add capacity or send less`));
    }
    const rows = await this.query(requests).catch((error: unknown) => {
      throw unreadable(error);
    });
    const stored = new Map(rows.map((row) => [row.position, row]));
    return requests.map(({ view, moment }, i) => {
      const row = stored.get(i + 1);
      return answerAt(view.definition, row === undefined ? null : toStored(row), moment);
    });
  }

  /** Waits for the reads under way, then closes the connections. */
  close(): Promise<void> {
    return this.pool.end();
  }

  private async query(requests: readonly OnlineRequest[]): Promise<OnlineRow[]> {
    const { rows } = await this.pool.query<OnlineRow>(statementFor(requests));
    return rows;
  }
}

/** Whether a view's values before the latest are kept, too. */
export function keepsHistory({ materialization }: FeatureView): boolean {
  return materialization.historyHours > 0;
}

/** The usual one entity of one view is asked for most plainly, which PostgreSQL answers soonest. */
function statementFor(requests: readonly OnlineRequest[]): pg.QueryConfig {
  const viewIds = requests.map(({ view }) => view.id);
  const entityKeys = requests.map(({ entityKey }) => entityKey);
  if (requests.some(({ view }) => keepsHistory(view.definition))) {
    const moments = requests.map(({ moment }) => moment.toISOString());
    return { ...readWithHistory, values: [viewIds, entityKeys, moments] };
  }
  return requests.length === 1
    ? { ...readOne, values: [viewIds[0], entityKeys[0]] }
    : { ...readLatest, values: [viewIds, entityKeys] };
}

const readOne = {
  name: 'read_one_entity',
  text: `
    select 1 as position, event_time, ingestion_time, features
    from online_features where view_id = $1 and entity_key = $2`,
};

const readLatest = {
  name: 'read_online_features',
  text: `
    select asked.position::int, stored.event_time, stored.ingestion_time, stored.features
    from unnest($1::int[], $2::text[]) with ordinality as asked (view_id, entity_key, position)
    join online_features stored on stored.view_id = asked.view_id and stored.entity_key = asked.entity_key`,
};

/** The latest where it was known at the moment, else the newest of those before it that was. */
const readWithHistory = {
  name: 'read_online_features_with_history',
  text: `
    select asked.position::int, answer.event_time, answer.ingestion_time, answer.features
    from unnest($1::int[], $2::text[], $3::timestamptz[]) with ordinality as asked (view_id, entity_key, moment, position)
    join online_features latest on latest.view_id = asked.view_id and latest.entity_key = asked.entity_key
    cross join lateral (
      select latest.event_time, latest.ingestion_time, latest.features
      where latest.event_time < asked.moment and latest.ingestion_time < asked.moment
      union all
      (select earlier.event_time, earlier.ingestion_time, earlier.features
      from online_feature_history earlier
      where (latest.event_time >= asked.moment or latest.ingestion_time >= asked.moment)
        and earlier.view_id = asked.view_id and earlier.entity_key = asked.entity_key
        and earlier.event_time < asked.moment and earlier.ingestion_time < asked.moment
      order by earlier.event_time desc, earlier.ingestion_time desc limit 1)
    ) as answer`,
};

function toStored(row: OnlineRow): StoredFeatures {
  return { eventTime: row.event_time, ingestionTime: row.ingestion_time, values: row.features };
}

function unreadable(cause: unknown): TemperedError {
  return new TemperedError('Unavailable', `Online features cannot be read: ${messageOf(cause)}. Try again.`, {
    cause,
  });
}
