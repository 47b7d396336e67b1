/**
 * Feature views joined onto a dataset's rows: to each row, what was known about its entities at its event time.
 *
 * Invariants: no feature row counts that became known at the row's event time or later (invariant 4); no row is lost
 * or doubled, and their order is kept; a value that is missing or older than its view's TTL becomes the default that
 * the view declares, and is counted.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { z } from 'zod';
import type { JoinedFeature } from '../domain/dataset.js';
import { messageOf, TemperedError } from '../domain/errors.js';
import type { FeatureReference } from '../domain/featureReference.js';
import type { Entity, FeatureView } from '../domain/featureView.js';
import { integerType, stringType } from './columnTypes.js';
import { identifier, literal, rowsOf, withoutRow } from './duckdb.js';
import { FeatureRows, featureRowColumn } from './featureRows.js';
import { eventTimeColumn, ingestionTimeColumn } from './featureViewSql.js';
import { entityRowColumn, entityTimeColumn, matchFeatureRows } from './pointInTimeMatch.js';

/** The rows that features are joined to: a table of an open DuckDB, and its column that says when a row happened. */
export interface EntityRows {
  table: string;
  eventTime: string;
}

/** One view to join, and the relation that holds its source's rows. */
export interface FeatureJoin {
  reference: FeatureReference;
  view: FeatureView;
  entity: Entity;
  relation: string;
}

export interface JoinedRows {
  /** The table's rows in their order, with all its columns and then the joined ones. */
  query: string;
  /** For each view, in their order: what the model calls a feature → how often it had no value. */
  features: Record<string, JoinedFeature>[];
}

/**
 * Joins the views, one after the other, in temporary tables of this connection.
 *
 * @throws TemperedError `InvalidInput`, naming the view and the column, key or feature at fault; `UnusableData`, naming
 *   the view whose rows cannot be computed
 */
export async function joinPointInTime(
  connection: DuckDBConnection,
  rows: EntityRows,
  joins: readonly FeatureJoin[],
): Promise<JoinedRows> {
  const features: JoinedRows['features'] = [];
  const columns: string[] = [];
  let relation = `${rows.table} AS row`;
  for (const [i, join] of joins.entries()) {
    const joined = `"joined ${String(i)}"`;
    await joinView(connection, rows, join, joined).catch((cause: unknown) => {
      throw cause instanceof TemperedError ? cause : cannotCompute(join.view, cause);
    });
    features.push(await countMissing(connection, join, joined));
    relation += ` JOIN ${joined} ON ${joined}.${entityRowColumn} = row.rowid`;
    columns.push(...joinedColumns(join, joined));
  }
  const query = `SELECT ${['row.*', ...columns].join(', ')} FROM ${relation} ORDER BY row.rowid`;
  return { query, features };
}

function cannotCompute({ name }: FeatureView, cause: unknown): TemperedError {
  return new TemperedError(
    'UnusableData',
    `The rows of feature view "${name}" cannot be computed: ${withoutRow(messageOf(cause))}`,
    { cause },
  );
}

/** Makes a table with one row for each entity row: whether there is a feature row that counts, and its features. */
async function joinView(
  connection: DuckDBConnection,
  rows: EntityRows,
  { reference, view, entity, relation }: FeatureJoin,
  joined: string,
): Promise<void> {
  const run = (sql: string) => connection.run(sql);
  const keys = Object.keys(entity.keys).map(identifier);
  await run(
    `CREATE TEMP TABLE "entity rows" AS ${await entityRowsQuery(connection, rows, reference, entity)}`,
  );
  const span = await spanOf(connection, view);
  const featureRows = await FeatureRows.prepare(connection, { view, entity, relation });
  // Aggregates are computed once; rows of the source are read again once it is known which of them count.
  const [kind, counting] =
    view.aggregation === undefined
      ? ['VIEW', `(${featureRows.numberedIn('matches')})`]
      : ['TABLE', '"feature rows"'];
  await run(`CREATE TEMP ${kind} "feature rows" AS ${featureRows.knownIn(span)}`);
  const times = [...keys, eventTimeColumn, ingestionTimeColumn, featureRowColumn];
  await run(`CREATE TEMP TABLE "feature times" AS SELECT ${times.join(', ')} FROM "feature rows"`);
  await matchFeatureRows(connection, keys);

  const oldest = `${entityTimeColumn} - to_microseconds(${String(ttlUs(view))})`;
  const features = [...new Set(Object.values(reference.features))].map(identifier);
  const value = (feature: string) =>
    `CASE WHEN ${eventTimeColumn} >= ${oldest} THEN found.${feature} END AS ${feature}`;
  await run(
    `CREATE TEMP TABLE ${joined} AS
      SELECT ${[entityRowColumn, `${stateOf(oldest)} AS "state"`, ...features.map(value)].join(', ')}
        FROM "entity rows"
        LEFT JOIN (SELECT ${[entityRowColumn, eventTimeColumn, ...features].join(', ')}
                     FROM matches JOIN ${counting} USING (${featureRowColumn})) AS found USING (${entityRowColumn})
        LEFT JOIN (SELECT *, true AS "once known" FROM (${featureRows.entitiesKnownBefore(span.from)}))
          USING (${keys.join(', ')})`,
  );
  await run(`DROP ${kind} "feature rows"`);
  for (const table of ['"entity rows"', '"feature times"', 'matches']) await run(`DROP TABLE ${table}`);
}

/** Of what is known: fresh, expired (there is an older value only) or missing. */
function stateOf(oldest: string): string {
  return `CASE WHEN ${eventTimeColumn} >= ${oldest} THEN 'fresh'
    WHEN ${eventTimeColumn} IS NOT NULL OR "once known" THEN 'expired' ELSE 'missing' END`;
}

async function entityRowsQuery(
  connection: DuckDBConnection,
  { table, eventTime }: EntityRows,
  { view, keys }: FeatureReference,
  entity: Entity,
): Promise<string> {
  const described = await rowsOf(connection, `DESCRIBE ${table}`);
  const types = new Map(described.map((row) => [String(row.column_name), String(row.column_type)]));
  const columns = Object.entries(entity.keys).map(([key, wanted]) => {
    const column = keys[key] ?? key;
    const type = types.get(column) ?? 'not there';
    const accepts = wanted === 'string' ? stringType : integerType;
    if (!accepts.test(type)) {
      throw new TemperedError(
        'InvalidInput',
        `The key "${key}" of feature view "${view}" is taken from the column "${column}", which is ${type}, but the entity ` +
          `"${entity.name}" says ${wanted}. Cast it in dataset.columns.`,
      );
    }
    return `${identifier(column)}::${wanted === 'string' ? 'VARCHAR' : 'BIGINT'} AS ${identifier(key)}`;
  });
  const time = `${identifier(eventTime)} AS ${entityTimeColumn}`;
  return `SELECT ${[`rowid AS ${entityRowColumn}`, time, ...columns].join(', ')} FROM ${table}`;
}

const spanRowSchema = z.object({
  first: z.bigint().transform(Number).nullable(),
  last: z.bigint().transform(Number).nullable(),
});

/** Feature rows that became known before this span are too old for every entity row, those after it too young. */
async function spanOf(
  connection: DuckDBConnection,
  view: FeatureView,
): Promise<{ from: string; to: string }> {
  const [row] = await rowsOf(
    connection,
    `SELECT epoch_ms(min(${entityTimeColumn})) AS first, epoch_ms(max(${entityTimeColumn})) AS last FROM "entity rows"`,
  );
  const { first, last } = spanRowSchema.parse(row);
  const toIso = (ms: number) => new Date(ms).toISOString();
  const ttlMs = Math.ceil(ttlUs(view) / 1000);
  return { from: toIso((first ?? 0) - ttlMs), to: toIso((last ?? 0) + 1) };
}

function ttlUs({ ttlHours }: FeatureView): number {
  return Math.round(ttlHours * 3_600_000_000);
}

function joinedColumns({ reference, view }: FeatureJoin, joined: string): string[] {
  return Object.entries(reference.features).map(([name, feature]) => {
    const value = `${joined}.${identifier(feature)}`;
    return `${withDefault(view, feature, value)} AS ${identifier(name)}`;
  });
}

function withDefault(view: FeatureView, feature: string, value: string): string {
  const fallback = view.features[feature]?.default ?? null;
  if (fallback === null) return value;
  return `coalesce(${value}, ${typeof fallback === 'string' ? literal(fallback) : `(${String(fallback)})`})`;
}

const countsSchema = z.record(z.string(), z.bigint().transform(Number));

async function countMissing(
  connection: DuckDBConnection,
  { reference, view }: FeatureJoin,
  joined: string,
): Promise<Record<string, JoinedFeature>> {
  const missing = [...new Set(Object.values(reference.features))].map(
    (feature) =>
      `count(*) FILTER ("state" <> 'expired' AND ${identifier(feature)} IS NULL) AS ${identifier(feature)}`,
  );
  const expired = `count(*) FILTER ("state" = 'expired') AS "rows expired"`;
  const [row] = await rowsOf(connection, `SELECT ${[expired, ...missing].join(', ')} FROM ${joined}`);
  const counts = countsSchema.parse(row);
  const features = Object.entries(reference.features).map(([name, feature]): [string, JoinedFeature] => {
    const without = { missing: counts[feature] ?? 0, expired: counts['rows expired'] ?? 0 };
    const hasDefault = (view.features[feature]?.default ?? null) !== null;
    return [name, { feature, ...without, defaulted: hasDefault ? without.missing + without.expired : 0 }];
  });
  return Object.fromEntries(features);
}
