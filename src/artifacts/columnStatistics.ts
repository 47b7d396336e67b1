/**
 * What the columns of a Parquet file hold.
 *
 * Columns of few different values are counted value by value, exactly; the others, in one pass and constant memory, by
 * sketches. Which is which the file itself says: a column chunk holds a dictionary only where that pays. So the same
 * file always gives the same statistics. A value that only one row has (a name, a number of a customer) is not kept.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { z } from 'zod';
import type { ColumnSchema, ColumnStatistics } from '../domain/dataset.js';
import { identifier, literal, rowsOf } from './duckdb.js';

/** So many are always counted value by value. */
const fewRows = 100_000;
const topValuesKept = 10;
/** Longer texts are cut: a manifest is no place for documents. */
const longestText = 100;
const shares = { p05: 0.05, p25: 0.25, p50: 0.5, p75: 0.75, p95: 0.95 } as const;

type Kind = 'number' | 'category' | 'time' | 'other';

interface Column {
  name: string;
  kind: Kind;
  /** Counted value by value. */
  exact: boolean;
}

const kinds: readonly (readonly [RegExp, Kind])[] = [
  [/^(U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL\(.*\))$/, 'number'],
  [/^(VARCHAR|ENUM\(.*\)|UUID|BOOLEAN)$/, 'category'],
  [/^(DATE|TIMESTAMP.*)$/, 'time'],
];

/** Statistics of every column, in the order of `schema`. */
export async function columnStatistics(
  connection: DuckDBConnection,
  { path, rows }: { path: string; rows: number },
  schema: readonly ColumnSchema[],
): Promise<ColumnStatistics[]> {
  const dictionaries = await columnsWithDictionary(connection, path);
  const statistics: ColumnStatistics[] = [];
  for (const { name, type } of schema) {
    const kind = kinds.find(([pattern]) => pattern.test(type))?.[1] ?? 'other';
    const column = { name, kind, exact: rows <= fewRows || type === 'BOOLEAN' || dictionaries.has(name) };
    statistics.push(await statisticsOf(connection, `read_parquet(${literal(path)})`, column));
  }
  return statistics;
}

/** Columns every chunk of which begins with a dictionary of its values. */
async function columnsWithDictionary(
  connection: DuckDBConnection,
  parquetPath: string,
): Promise<ReadonlySet<string>> {
  const rows = await rowsOf(
    connection,
    `SELECT path_in_schema AS name FROM parquet_metadata(${literal(parquetPath)})
      GROUP BY path_in_schema HAVING bool_and(contains(encodings, 'DICTIONARY'))`,
  );
  return new Set(rows.map(({ name }) => String(name)));
}

const count = z.bigint().transform(Number);
const number = z.number().nullable();
const summarySchema = z.object({
  nulls: count,
  non_finite: count,
  distinct: count.nullable(),
  min: z.union([z.number(), z.string()]).nullable(),
  max: z.union([z.number(), z.string()]).nullable(),
  mean: number,
  std: number,
  p05: number,
  p25: number,
  p50: number,
  p75: number,
  p95: number,
});

async function statisticsOf(
  connection: DuckDBConnection,
  relation: string,
  column: Column,
): Promise<ColumnStatistics> {
  const [row] = await rowsOf(connection, summaryQuery(relation, column));
  const { nulls, non_finite, distinct, min, max, mean, std, ...quantiles } = summarySchema.parse(row);
  return {
    name: column.name,
    nulls,
    nonFinite: non_finite,
    distinct,
    min,
    max,
    mean,
    std,
    quantiles: quantilesSchema.safeParse(quantiles).data ?? null,
    topValues:
      column.kind === 'category' && column.exact ? await topValues(connection, relation, column) : null,
    approximate: column.kind !== 'other' && !column.exact,
  };
}

const quantilesSchema = z.object({
  p05: z.number(),
  p25: z.number(),
  p50: z.number(),
  p75: z.number(),
  p95: z.number(),
});

/** How the least and the greatest value are written. */
const written: Readonly<Record<Exclude<Kind, 'number'>, (value: string) => string>> = {
  category: (value) => `left(${value}::VARCHAR, ${String(longestText)})`,
  time: (value) => `strftime(${value}::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%gZ')`,
  other: () => 'NULL::VARCHAR',
};

/** One row: the columns of `summarySchema`. */
function summaryQuery(relation: string, { name, kind, exact }: Column): string {
  const column = identifier(name);
  if (kind === 'number') return exact ? countedNumbers(relation, column) : sketchedNumbers(relation, column);
  const values = exact
    ? `SELECT ${column} AS v, count(*) AS n FROM ${relation} GROUP BY ${column}`
    : `SELECT ${column} AS v, 1 AS n FROM ${relation}`;
  const distinct = exact ? 'count(v)' : 'least(approx_count_distinct(v), count(v))';
  return `SELECT coalesce(sum(n) FILTER (v IS NULL), 0)::BIGINT AS nulls, 0::BIGINT AS non_finite,
    ${kind === 'other' ? 'NULL::BIGINT' : distinct} AS distinct,
    ${written[kind]('min(v)')} AS min, ${written[kind]('max(v)')} AS max, NULL::DOUBLE AS mean, NULL::DOUBLE AS std,
    ${quantilesAs(() => 'NULL::DOUBLE')} FROM (${values})`;
}

function quantilesAs(expression: (share: number, i: number) => string): string {
  return Object.entries(shares)
    .map(([name, share], i) => `${expression(share, i)} AS ${name}`)
    .join(', ');
}

function sketchedNumbers(relation: string, column: string): string {
  return `
    WITH summary AS (
      SELECT count(*) - count(x) AS nulls, count(*) FILTER (NOT isfinite(x)) AS non_finite,
        least(approx_count_distinct(x) FILTER (isfinite(x)), count(*) FILTER (isfinite(x))) AS distinct,
        min(x) FILTER (isfinite(x)) AS min, max(x) FILTER (isfinite(x)) AS max, avg(x) FILTER (isfinite(x)) AS mean,
        stddev_samp(x) FILTER (isfinite(x)) AS std,
        approx_quantile(x, [${Object.values(shares).join(', ')}]) FILTER (isfinite(x)) AS quantiles
      FROM (SELECT ${column}::DOUBLE AS x FROM ${relation}))
    SELECT * EXCLUDE (quantiles), ${quantilesAs((_, i) => `quantiles[${String(i + 1)}]`)} FROM summary`;
}

/** From each different value and how often it occurs. */
function countedNumbers(relation: string, column: string): string {
  return `
    WITH counted AS (SELECT ${column}::DOUBLE AS x, count(*) AS n FROM ${relation} GROUP BY ${column}),
    finite AS (SELECT * FROM counted WHERE isfinite(x)),
    whole AS (SELECT sum(n) AS total, sum(n * x) / sum(n) AS mean FROM finite),
    placed AS (SELECT x, n, sum(n) OVER (ORDER BY x ROWS UNBOUNDED PRECEDING) AS upto, total, mean FROM finite, whole)
    SELECT (SELECT coalesce(sum(n), 0)::BIGINT FROM counted WHERE x IS NULL) AS nulls,
      (SELECT coalesce(sum(n), 0)::BIGINT FROM counted WHERE NOT isfinite(x)) AS non_finite,
      count(*) AS distinct, min(x) AS min, max(x) AS max, any_value(mean) AS mean,
      sqrt(sum(n * (x - mean) ** 2) / nullif(any_value(total) - 1, 0)) AS std,
      ${quantilesAs((share) => `min(x) FILTER (upto >= ${String(share)} * total)`)}
    FROM placed`;
}

const topValueSchema = z.object({ value: z.string(), count });

async function topValues(connection: DuckDBConnection, relation: string, { name }: Column) {
  const column = identifier(name);
  const rows = await rowsOf(
    connection,
    `SELECT left(${column}::VARCHAR, ${String(longestText)}) AS value, count(*) AS count FROM ${relation}
      WHERE ${column} IS NOT NULL GROUP BY ${column} HAVING count(*) > 1 ORDER BY count(*) DESC, ${column} LIMIT ${String(topValuesKept)}`,
  );
  return rows.map((row) => topValueSchema.parse(row));
}
