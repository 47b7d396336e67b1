/** Feature rows as the file that the online store takes in (store/onlineFeatureRows.ts). */
import type { TimeWindow } from '../domain/dataset.js';
import { entityKeyNames } from '../domain/entityKey.js';
import type { Entity } from '../domain/featureView.js';
import { featureNames } from '../domain/onlineFeatures.js';
import { identifier, literal } from './duckdb.js';
import { newestFirst } from './featureRows.js';
import type { OpenFeatureView } from './openFeatureView.js';
import { eventTimeColumn, ingestionTimeColumn } from './featureViewSql.js';

/**
 * Writes the feature rows that became known in a span of time as CSV: entity key, event time, ingestion time, values,
 * and whether no row of the entity here is later. DuckDB writes it, so memory does not grow with the rows.
 *
 * @param options.latestOnly - leaves out every row that is not the latest of its entity
 */
export async function writeFeatureFile(
  { connection, view, entity, rows }: OpenFeatureView,
  known: TimeWindow,
  path: string,
  { latestOnly }: { latestOnly: boolean },
): Promise<void> {
  const times = `${eventTimeColumn}, ${ingestionTimeColumn}`;
  const values = featureNames(view).map(identifier).join(', ');
  const isNewest = (partition: string) =>
    `row_number() OVER (PARTITION BY ${partition} ORDER BY ${newestFirst}) = 1`;
  await connection.run(`
    COPY (
      SELECT "entity key", ${times}, json_array(${values}), ${isNewest('"entity key"')} AS "latest"
      FROM (SELECT *, ${entityKeySql(entity)} AS "entity key" FROM (${rows.knownIn(known)}))
      QUALIFY ${latestOnly ? '"latest"' : isNewest(`"entity key", ${times}`)}
    ) TO ${literal(path)} (FORMAT csv, HEADER false)`);
}

/** The text of domain/entityKey.ts, in SQL. */
export function entityKeySql(entity: Entity): string {
  const texts = entityKeyNames(entity).map((name) => {
    const column = identifier(name);
    if (entity.keys[name] === 'integer') return `${column}::VARCHAR`;
    return `replace(replace(${column}, '\\', '\\\\'), '|', '\\|')`;
  });
  return texts.join(` || '|' || `);
}
