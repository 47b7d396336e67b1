/** A definition's quality checks, held against every row of a window. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { z } from 'zod';
import type { DataCheck } from '../../domain/dataCheck.js';
import type { SampledCheckResult } from '../../domain/dataRequirements.js';
import type { TimeWindow } from '../../domain/dataset.js';
import { identifier, rowsOf } from '../duckdb.js';
import { eventTimeRange, type DatasetSpec } from '../source.js';
import { sourceRow } from '../sources/localSource.js';
import { rowChecks, type RowCheck } from './rowChecks.js';

const samplesKept = 5;
/** Longer values are cut. */
const longestSample = 200;

export interface RowsToCheck {
  /** The query for the declared columns of every source row. */
  declared: string;
  dataset: DatasetSpec;
  window: TimeWindow;
  /** SQL that is true for the rows of the window. */
  inWindow: string;
}

interface Summary {
  rows: number;
  newestAt: string | null;
  broken: Broken[];
}

type Broken = Pick<SampledCheckResult, 'offendingRows' | 'firstAt' | 'lastAt'>;

/**
 * Makes all checks, "rows" and "target" first, and keeps some of the rows that break one.
 *
 * @throws TemperedError `InvalidInput` for a check that does not fit its column's type
 */
export async function checkRows(
  connection: DuckDBConnection,
  given: RowsToCheck,
): Promise<{ rows: number; checks: SampledCheckResult[] }> {
  const perRow = rowChecks(given.dataset, await typesOf(connection, given.declared));
  const summary = await summarize(connection, given, perRow);
  const checks = [await rowsCheck(connection, given, summary.rows)];
  for (const [i, check] of perRow.entries()) {
    const broken = summary.broken[i];
    if (broken === undefined) continue;
    checks.push(await rowCheckResult(connection, given, check, { rows: summary.rows, broken }));
  }
  for (const check of given.dataset.checks) {
    if (check.kind === 'unique')
      checks.push(await uniqueCheck(connection, given, check.columns, summary.rows));
    if (check.kind === 'freshness') checks.push(freshnessCheck(given.window, check, summary));
  }
  return { rows: summary.rows, checks };
}

async function typesOf(connection: DuckDBConnection, declared: string): Promise<Map<string, string>> {
  const rows = await rowsOf(connection, `DESCRIBE ${declared}`);
  return new Map(rows.map((row) => [String(row.column_name), String(row.column_type)]));
}

function rowsOfWindow({ declared, inWindow }: RowsToCheck): string {
  return `(SELECT * FROM (${declared}) WHERE ${inWindow})`;
}

const count = z.bigint().transform(Number);
const moment = count.nullable().transform((ms) => (ms === null ? null : new Date(ms).toISOString()));
const brokenSchema = z
  .object({ offending: count, first: moment, last: moment })
  .transform(({ offending, first, last }) => ({ offendingRows: offending, firstAt: first, lastAt: last }));

/** One pass over the window for all checks of single rows. */
async function summarize(
  connection: DuckDBConnection,
  given: RowsToCheck,
  checks: readonly RowCheck[],
): Promise<Summary> {
  const time = identifier(given.dataset.eventTime);
  const parts = checks.map(
    ({ breaks }, i) => `count(*) FILTER (${breaks}) AS offending_${String(i)},
      epoch_ms(min(${time}) FILTER (${breaks})) AS first_${String(i)},
      epoch_ms(max(${time}) FILTER (${breaks})) AS last_${String(i)}`,
  );
  const [row = {}] = await rowsOf(
    connection,
    `SELECT count(*) AS n, epoch_ms(max(${time})) AS newest, ${parts.join(', ')} FROM ${rowsOfWindow(given)}`,
  );
  const broken = checks.map((_, i) => {
    const [offending, first, last] = ['offending', 'first', 'last'].map(
      (part) => row[`${part}_${String(i)}`],
    );
    return brokenSchema.parse({ offending, first, last });
  });
  return { rows: count.parse(row.n), newestAt: moment.parse(row.newest), broken };
}

async function rowsCheck(
  connection: DuckDBConnection,
  { declared, dataset }: RowsToCheck,
  rows: number,
): Promise<SampledCheckResult> {
  const check = { kind: 'rows', columns: [], expected: 'the window holds rows', rows, ...noRows } as const;
  if (rows > 0) return { ...check, columns: [], samples: [], found: `${String(rows)} rows`, met: true };
  const { range } = await eventTimeRange(connection, `(${declared})`, dataset.eventTime);
  const covered = range === null ? 'no time at all' : `${range.from} to ${range.to}`;
  return {
    ...check,
    columns: [],
    samples: [],
    found: `it holds no rows: the source covers ${covered}`,
    met: false,
  };
}

const noRows = { offendingRows: 0, firstAt: null, lastAt: null } as const;

async function rowCheckResult(
  connection: DuckDBConnection,
  given: RowsToCheck,
  check: RowCheck,
  { rows, broken }: { rows: number; broken: Broken },
): Promise<SampledCheckResult> {
  const { kind, columns, expected, problem, breaks, maxShare, ofWholeSource } = check;
  const relation = ofWholeSource ? `(${given.declared})` : rowsOfWindow(given);
  const offending = `(SELECT * FROM ${relation} WHERE ${breaks})`;
  const span = ofWholeSource ? { ...noRows, offendingRows: await countRows(connection, offending) } : broken;
  const { offendingRows } = span;
  return {
    kind,
    columns,
    expected,
    found: `${problem} in ${offendingRows === 0 ? 'no row' : `${String(offendingRows)} of ${String(rows)} rows`}`,
    met: offendingRows <= maxShare * rows,
    rows,
    ...span,
    samples: offendingRows === 0 ? [] : await sample(connection, given, offending),
  };
}

async function countRows(connection: DuckDBConnection, relation: string): Promise<number> {
  const [row] = await rowsOf(connection, `SELECT count(*) AS n FROM ${relation}`);
  return count.parse(row?.n);
}

/** A row breaks it that repeats another one's key. */
async function uniqueCheck(
  connection: DuckDBConnection,
  given: RowsToCheck,
  columns: string[],
  rows: number,
): Promise<SampledCheckResult> {
  const keys = columns.map(identifier);
  const repeated = `SELECT ${keys.join(', ')}, count(*) AS occurrences FROM ${rowsOfWindow(given)}
    WHERE ${keys.map((key) => `${key} IS NOT NULL`).join(' AND ')} GROUP BY ${keys.join(', ')} HAVING count(*) > 1`;
  const named = columns.map((column) => `"${column}"`).join(', ');
  const result = { kind: 'unique', columns, expected: `no two rows share ${named}`, rows } as const;
  const [row] = await rowsOf(
    connection,
    `SELECT coalesce(sum(occurrences - 1), 0)::BIGINT AS n FROM (${repeated})`,
  );
  const offendingRows = count.parse(row?.n);
  if (offendingRows === 0) {
    return { ...result, found: 'no row repeats another', met: true, ...noRows, samples: [] };
  }
  const time = identifier(given.dataset.eventTime);
  const sharing = `${rowsOfWindow(given)} SEMI JOIN (${repeated}) USING (${keys.join(', ')})`;
  const [span] = await rowsOf(
    connection,
    `SELECT ${String(offendingRows)}::BIGINT AS offending, epoch_ms(min(${time})) AS first,
      epoch_ms(max(${time})) AS last FROM ${sharing}`,
  );
  return {
    ...result,
    found: `${String(offendingRows)} of ${String(rows)} rows repeat another`,
    met: false,
    ...brokenSchema.parse(span),
    samples: await sample(connection, given, sharing, keys),
  };
}

function freshnessCheck(
  window: TimeWindow,
  { maxAgeHours }: DataCheck & { kind: 'freshness' },
  { rows, newestAt }: Summary,
): SampledCheckResult {
  const ageHours = newestAt === null ? Infinity : (Date.parse(window.to) - Date.parse(newestAt)) / 3_600_000;
  const found =
    newestAt === null
      ? 'there is no row'
      : `the newest is of ${newestAt}, ${ageHours.toFixed(1)} hours before`;
  return {
    kind: 'freshness',
    columns: [],
    expected: `the newest row is at most ${String(maxAgeHours)} hours older than ${window.to}`,
    found,
    met: ageHours <= maxAgeHours,
    rows,
    ...noRows,
    firstAt: newestAt,
    samples: [],
  };
}

/** Some rows as text, the earliest first, or rows that belong together side by side. */
async function sample(
  connection: DuckDBConnection,
  { dataset }: RowsToCheck,
  relation: string,
  order: readonly string[] = [],
): Promise<SampledCheckResult['samples']> {
  const sorted = [...order, identifier(dataset.eventTime), sourceRow].join(', ');
  const rows = await rowsOf(
    connection,
    `SELECT left(COLUMNS(* EXCLUDE (${sourceRow}))::VARCHAR, ${String(longestSample)})
      FROM (SELECT * FROM ${relation} ORDER BY ${sorted} LIMIT ${String(samplesKept)})`,
  );
  return rows.map((row) => sampleSchema.parse(row));
}

const sampleSchema = z.record(z.string(), z.string().nullable());
