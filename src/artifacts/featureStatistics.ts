/** What a view's feature rows hold: when they became known, how many there are, and what of each feature. */
import { z } from 'zod';
import type { TimeWindow } from '../domain/dataset.js';
import type { FeatureRowStatistics, FeatureStatistics, KnownRows } from '../domain/materialization.js';
import { identifier, rowsOf } from './duckdb.js';
import { entityKeySql } from './featureFile.js';
import { knownTime } from './featureRows.js';
import { eventTimeColumn } from './featureViewSql.js';
import type { OpenFeatureView } from './openFeatureView.js';

const count = z.bigint().transform(Number);
const milliseconds = count.nullable();

/** When the first and (exclusive, in whole milliseconds) the newest row of the source became known; null without rows. */
export async function readKnownSpan({ connection, rows }: OpenFeatureView): Promise<TimeWindow | null> {
  const [row] = await rowsOf(
    connection,
    `SELECT epoch_ms("first") AS first, epoch_ms("newest") AS newest FROM (${rows.knownSpan()})`,
  );
  const { first, newest } = z.object({ first: milliseconds, newest: milliseconds }).parse(row);
  if (first === null || newest === null) return null;
  return { from: new Date(first).toISOString(), to: new Date(newest + 1).toISOString() };
}

/** Number of feature rows that became known in each of `parts` equal parts of a span; empty parts are left out. */
export async function countKnownRows(
  { connection, rows }: OpenFeatureView,
  known: TimeWindow,
  parts: number,
): Promise<KnownRows[]> {
  const from = Date.parse(known.from);
  const width = Math.ceil((Date.parse(known.to) - from) / parts);
  const found = await rowsOf(
    connection,
    `SELECT (epoch_ms(${knownTime}) - ${String(from)}) // ${String(width)} AS part, count(*) AS n
     FROM (${rows.knownIn(known)}) GROUP BY part ORDER BY part`,
  );
  return z
    .array(z.object({ part: count, n: count }))
    .parse(found)
    .map(({ part, n }) => ({ from: new Date(from + part * width).toISOString(), rows: n }));
}

/** Sums up the feature rows that became known in a span. */
export async function summarizeFeatureRows(
  { connection, view, entity, rows }: OpenFeatureView,
  known: TimeWindow,
): Promise<FeatureRowStatistics> {
  const features = Object.entries(view.features);
  const sums = features.flatMap(([name, { type }], i) => {
    const column = identifier(name);
    const number = (aggregate: string) => (type === 'string' ? 'NULL' : `${aggregate}(${column})::DOUBLE`);
    return [
      `count(*) - count(${column}) AS missing${String(i)}`,
      `approx_count_distinct(${column}) AS distinct${String(i)}`,
      ...['min', 'avg', 'max'].map((aggregate) => `${number(aggregate)} AS ${aggregate}${String(i)}`),
    ];
  });
  const [row = {}] = await rowsOf(
    connection,
    `SELECT count(*) AS rows, approx_count_distinct(${entityKeySql(entity)}) AS entities,
      epoch_ms(max(${eventTimeColumn})) AS newest, ${sums.join(', ')} FROM (${rows.knownIn(known)})`,
  );
  const totals = z.object({ rows: count, entities: count, newest: milliseconds }).parse(row);
  return {
    rows: totals.rows,
    entities: totals.entities,
    newestEventTime: totals.newest === null ? null : new Date(totals.newest).toISOString(),
    features: Object.fromEntries(features.map(([name], i) => [name, statisticsOf(row, i)])),
  };
}

function statisticsOf(row: Record<string, unknown>, i: number): FeatureStatistics {
  const column = (name: string): unknown => row[`${name}${String(i)}`];
  const number = z.number().nullable();
  return {
    missing: count.parse(column('missing')),
    distinct: count.parse(column('distinct')),
    min: number.parse(column('min')),
    mean: number.parse(column('avg')),
    max: number.parse(column('max')),
  };
}
