/**
 * Feature rows: what a feature view makes of its source. Training sets are joined with these rows and the online
 * store is filled with them, so that both sides compute a feature by the same SQL.
 *
 * A row has the entity's keys, an event time, an ingestion time and the features. It became known at the later of its
 * two times. Rows without a key or a time are about nothing and are left out; a number that is not finite is NULL.
 *
 * Invariant: a row depends on what its source knew at the row's known time and on nothing else (invariant 4), so that
 * it is the same row in whatever span it is asked for.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { TimeWindow } from '../domain/dataset.js';
import { timestampLiteral } from './duckdb.js';
import {
  bindFeatureView,
  eventTimeColumn,
  ingestionTimeColumn,
  type BoundFeatureView,
  type ViewOfSource,
} from './featureViewSql.js';
import { sourceRow } from './sources/localSource.js';
import { Ticks } from './ticks.js';

/** Names a feature row within its view. Of rows with the same keys and times, the one with the greatest counts. */
export const featureRowColumn = '"feature row"';
/** When a feature row became known, over its columns. */
export const knownTime = `greatest(${eventTimeColumn}, ${ingestionTimeColumn})`;
/** Of the rows of one entity, the one that counts comes first. */
export const newestFirst = [eventTimeColumn, ingestionTimeColumn, featureRowColumn]
  .map((column) => `${column} DESC`)
  .join(', ');

/** Queries for the feature rows of one view, over an open DuckDB. */
export class FeatureRows {
  private constructor(
    private readonly bound: BoundFeatureView,
    private readonly ticks: Ticks | null,
  ) {}

  /**
   * Checks a view's SQL against its source.
   *
   * @throws TemperedError `InvalidInput`, naming the view and the column, key or feature at fault
   */
  static async prepare(connection: DuckDBConnection, source: ViewOfSource): Promise<FeatureRows> {
    const { aggregation } = source.view;
    const bound = await bindFeatureView(connection, source);
    return new FeatureRows(bound, aggregation === undefined ? null : new Ticks(aggregation));
  }

  /**
   * The feature rows that became known in a span of time, in no particular order: the keys under their names (VARCHAR
   * or BIGINT), `eventTimeColumn`, `ingestionTimeColumn`, `featureRowColumn` and the features under theirs (DOUBLE,
   * BIGINT or VARCHAR).
   *
   * Without aggregation each source row is one. With it, each entity has one at each tick whose window holds rows of
   * it, and its times are the tick. A window that has become empty gives none: the last value stands until its TTL.
   */
  knownIn(span: TimeWindow): string {
    return this.ticks === null ? this.sourceRowsKnownIn(span) : this.ticksIn(span, this.ticks);
  }

  /** The keys of each entity of which a feature row became known before a moment. */
  entitiesKnownBefore(moment: string): string {
    const { keys, rows } = this.bound;
    const before = knownBefore(moment);
    const ticked =
      this.ticks === null ? before : `${before} AND ${firstTick(this.ticks)} < ${timestampLiteral(moment)}`;
    return `SELECT DISTINCT ${keys.join(', ')} FROM (${rows}) WHERE ${ticked}`;
  }

  /** As "first" and "newest", when the first and the newest source row about an entity became known. */
  knownSpan(): string {
    return `SELECT min(${knownTime}) AS "first", max(${knownTime}) AS "newest" FROM (${this.bound.rows})`;
  }

  /**
   * Of a view without aggregation, the feature rows whose numbers a table lists in `featureRowColumn`. Their features
   * are computed for these rows alone.
   */
  numberedIn(table: string): string {
    return `${this.selectSourceRows()} SEMI JOIN ${table} ON ${sourceRow} = ${table}.${featureRowColumn}`;
  }

  private sourceRowsKnownIn(span: TimeWindow): string {
    return `${this.selectSourceRows()}
      WHERE ${knownBefore(span.to)} AND ${knownTime} >= ${timestampLiteral(span.from)}`;
  }

  private selectSourceRows(): string {
    const { keys, rows, features } = this.bound;
    const columns = [...keys, eventTimeColumn, ingestionTimeColumn, `${sourceRow} AS ${featureRowColumn}`];
    return `SELECT ${[...columns, ...features].join(', ')} FROM (${rows})`;
  }

  /** Each source row belongs to every tick whose window (tick − window, tick] holds the moment it became known. */
  private ticksIn(span: TimeWindow, ticks: Ticks): string {
    const { keys, rows, features } = this.bound;
    const [fromUs, toUs] = [microsecondsOf(span.from), microsecondsOf(span.to)];
    const window = String(ticks.windowUs);
    const known = `epoch_us(${knownTime})`;
    const first = ticks.firstFrom(known);
    const firstBeyond = ticks.firstFrom(`(${known} + ${window})`);
    const ofTicks = `SELECT *, ${ticks.timeUs(`unnest(range(${first}, ${firstBeyond}))`)} AS "tick us" FROM (${rows})
      WHERE ${knownBefore(span.to)} AND ${knownTime} > ${timestampLiteral(span.from)} - to_microseconds(${window})`;
    const columns = [
      ...keys,
      `make_timestamp("tick us") AS ${eventTimeColumn}`,
      `make_timestamp("tick us") AS ${ingestionTimeColumn}`,
      `row_number() OVER () AS ${featureRowColumn}`,
    ];
    return `SELECT ${[...columns, ...features].join(', ')} FROM (${ofTicks})
      WHERE "tick us" >= ${fromUs} AND "tick us" < ${toUs} GROUP BY ${[...keys, '"tick us"'].join(', ')}`;
  }
}

/** Each time by itself, so that DuckDB can skip parts of a file whose event times are later. */
function knownBefore(moment: string): string {
  const bound = timestampLiteral(moment);
  return `${eventTimeColumn} < ${bound} AND ${ingestionTimeColumn} < ${bound}`;
}

/** The first tick at which a source row is known. */
function firstTick(ticks: Ticks): string {
  return `make_timestamp(${ticks.timeUs(ticks.firstFrom(`epoch_us(${knownTime})`))})`;
}

function microsecondsOf(moment: string): string {
  return `epoch_us(${timestampLiteral(moment)})`;
}
