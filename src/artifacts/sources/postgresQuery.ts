/**
 * The rows of a PostgreSQL query as a Parquet file.
 *
 * Invariants: they are those of one moment (a read-only REPEATABLE READ transaction); they go from socket to disk and
 * are never all in memory; equal rows give equal bytes, in whatever order the server sent them; the URL is known to
 * this process's environment only.
 */
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { z } from 'zod';
import { messageOf, TemperedError, type TemperedErrorCode } from '../../domain/errors.js';
import type { Source, SourceConfiguration } from '../../domain/sourceConfiguration.js';
import { literal, withoutRow, withSandbox } from '../duckdb.js';
import { duckdbTypeOf, type PostgresColumn } from './postgresTypes.js';

type QueryConfiguration = Extract<SourceConfiguration, { kind: 'postgres' }>;

interface TypedColumn {
  name: string;
  type: string;
}

/**
 * Runs the query and writes its rows to a Parquet file in `scratch`, ordered by all their columns.
 *
 * @returns its path
 * @throws TemperedError `InvalidInput` (no such variable, wrong SQL, a type that cannot be held), `UnusableData` (a
 *   value that does not convert), `Unavailable`
 */
export async function queryToParquet(
  name: Source['name'],
  configuration: QueryConfiguration,
  scratch: string,
): Promise<string> {
  const csv = join(scratch, 'rows.csv');
  const parquet = join(scratch, 'rows.parquet');
  const columns = await exportRows(configuration, csv).catch((cause: unknown) => {
    throw exportError(name, cause);
  });
  try {
    await withSandbox({ files: [csv], directory: scratch }, (connection) =>
      connection.run(
        `COPY (SELECT * FROM ${exportedRows(csv, columns)} ORDER BY ALL) TO ${literal(parquet)} (FORMAT parquet)`,
      ),
    );
  } catch (cause) {
    throw new TemperedError(
      'UnusableData',
      `The query of source "${name}" gave rows that do not convert: ${withoutRow(messageOf(cause))}`,
      { cause },
    );
  }
  await rm(csv);
  return parquet;
}

/** What the rows are written in, whatever the server's own settings: DuckDB reads it back. */
const formats = `SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL IntervalStyle = 'postgres';
  SET LOCAL extra_float_digits = 1`;

async function exportRows(configuration: QueryConfiguration, csv: string): Promise<TypedColumn[]> {
  const client = new pg.Client({
    connectionString: urlOf(configuration),
    application_name: 'tempered',
  });
  client.on('error', () => undefined); // The query in hand fails with the same error.
  await client.connect();
  try {
    await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query(formats);
    const columns = await describeColumns(client, configuration.query);
    const rows = client.query(
      copyTo(`COPY (${configuration.query}\n) TO STDOUT (FORMAT csv, HEADER, FORCE_QUOTE *, NULL '\\N')`),
    );
    await pipeline(rows, createWriteStream(csv, { flags: 'wx' }));
    await client.query('COMMIT');
    return columns;
  } finally {
    await client.end();
  }
}

function urlOf({ urlVariable }: QueryConfiguration): string {
  const url = process.env[urlVariable] ?? '';
  if (url !== '') return url;
  throw new TemperedError(
    'InvalidInput',
    `the environment variable ${urlVariable} of this worker, which should hold the database's URL, is not set`,
  );
}

const typesSchema = z.array(z.object({ oid: z.number(), typname: z.string(), typcategory: z.string() }));

async function describeColumns(client: pg.Client, query: string): Promise<TypedColumn[]> {
  const { fields } = await client.query(`SELECT * FROM (${query}\n) AS described LIMIT 0`);
  const { rows } = await client.query('SELECT oid, typname, typcategory FROM pg_type WHERE oid = ANY($1)', [
    fields.map(({ dataTypeID }) => dataTypeID),
  ]);
  const types = new Map(typesSchema.parse(rows).map((row) => [row.oid, row]));
  const names = new Set<string>();
  return fields.map(({ name, dataTypeID, dataTypeModifier }) => {
    if (names.has(name)) throw new TemperedError('InvalidInput', `the query has two columns named "${name}"`);
    names.add(name);
    const { typname: typeName = '', typcategory: typeCategory = '' } = types.get(dataTypeID) ?? {};
    const column: PostgresColumn = { name, dataTypeID, dataTypeModifier, typeName, typeCategory };
    return { name, type: duckdbTypeOf(column) };
  });
}

/** Values are quoted and NULL is not, so that NULL, an empty string and the text "\N" stay apart. */
function exportedRows(csv: string, columns: readonly TypedColumn[]): string {
  const types = columns.map(({ name, type }) => `${literal(name)}: ${literal(type)}`).join(', ');
  return `read_csv(${literal(csv)}, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"',
    nullstr = '\\N', allow_quoted_nulls = false, columns = {${types}})`;
}

/** SQLSTATE classes that the query's author must mend, and what they mean here. */
const authorsErrors: Readonly<Record<string, { code: TemperedErrorCode; what: string }>> = {
  '22': { code: 'UnusableData', what: 'stopped at a value it cannot compute' },
  '42': { code: 'InvalidInput', what: 'is refused by the server' },
};

function exportError(name: string, cause: unknown): TemperedError {
  const message = messageOf(cause);
  const known = cause instanceof pg.DatabaseError ? authorsErrors[cause.code?.slice(0, 2) ?? ''] : undefined;
  const { code, what } =
    cause instanceof TemperedError
      ? { code: cause.code, what: 'cannot be used' }
      : (known ?? { code: 'Unavailable' as const, what: 'did not get through' });
  return new TemperedError(code, `The query of source "${name}" ${what}: ${message}.`, { cause });
}
