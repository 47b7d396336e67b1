/**
 * For each entity row, the feature row that counts at its time t: of those known before t, the one with the greatest
 * event time; of equal ones the one ingested last, then the one that comes last in the source.
 *
 * Invariant 4: a feature row that became known at t or later counts for nothing, however old its event is.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { featureRowColumn, knownTime } from './featureRows.js';
import { eventTimeColumn, ingestionTimeColumn } from './featureViewSql.js';

/** Columns of "entity rows" beside the keys. */
export const entityRowColumn = '"entity row"';
export const entityTimeColumn = '"entity time"';

/**
 * Matches the table "entity rows" (number, time and keys of each entity row) with the table "feature times" (number,
 * times and keys of each feature row). Makes the table "matches": the entity rows that have a feature row, with its
 * number.
 *
 * Mostly the newest event before t was known before t as well, and then nothing counts more. So that is looked for
 * first; only where it came too late, the records of what was known when are searched.
 */
export async function matchFeatureRows(connection: DuckDBConnection, keys: readonly string[]): Promise<void> {
  const sameKeys = keys.map((key) => `entity.${key} = feature.${key}`).join(' AND ');
  for (const statement of [
    `CREATE TEMP TABLE "newest events" AS
      SELECT entity.*, feature.${eventTimeColumn} AS "newest event"
        FROM "entity rows" AS entity ASOF JOIN "feature times" AS feature
          ON ${sameKeys} AND entity.${entityTimeColumn} > feature.${eventTimeColumn}`,
    `CREATE TEMP TABLE matches AS
      SELECT ${entityRowColumn},
             arg_max(${featureRowColumn}, (${ingestionTimeColumn}, ${featureRowColumn})) AS ${featureRowColumn}
        FROM "newest events" AS entity JOIN "feature times" AS feature
          ON ${sameKeys} AND entity."newest event" = feature.${eventTimeColumn}
       WHERE feature.${ingestionTimeColumn} < entity.${entityTimeColumn} GROUP BY ${entityRowColumn}`,
    `CREATE TEMP TABLE "late events" AS
      SELECT * FROM "newest events" ANTI JOIN matches USING (${entityRowColumn})`,
    `INSERT INTO matches
      SELECT ${entityRowColumn}, ${featureRowColumn}
        FROM "late events" AS entity ASOF JOIN (${recordsOf(keys)}) AS feature
          ON ${sameKeys} AND entity.${entityTimeColumn} > feature."known time"`,
    `DROP TABLE "newest events"`,
    `DROP TABLE "late events"`,
  ]) {
    await connection.run(statement);
  }
}

/**
 * The records of each entity in question: as time goes by, the feature rows that were the best yet when they became
 * known. A row that became known late, with an event older than one known before, is no record: it never counts.
 */
function recordsOf(keys: readonly string[]): string {
  const order = ['"known time"', eventTimeColumn, ingestionTimeColumn, featureRowColumn].join(', ');
  const asTheyCame = `PARTITION BY ${keys.join(', ')} ORDER BY ${order}`;
  const bestBefore = `max(${eventTimeColumn}) OVER (${asTheyCame} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)`;
  return `SELECT * FROM (SELECT *, ${knownTime} AS "known time" FROM "feature times"
      SEMI JOIN "late events" USING (${keys.join(', ')}))
    QUALIFY lead("known time") OVER (${asTheyCame}) IS DISTINCT FROM "known time"
      AND ${eventTimeColumn} >= coalesce(${bestBefore}, ${eventTimeColumn})`;
}
