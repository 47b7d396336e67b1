/** Rows of a snapshot, column by column and a batch at a time: never the whole table. */
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { ColumnBatch } from '../domain/dataset.js';
import { messageOf, TemperedError } from '../domain/errors.js';
import type { Feature } from '../domain/feature.js';
import { featureDatatype } from '../domain/signature.js';
import { integerType, numberType, stringType } from './columnTypes.js';
import { identifier, literal, openSandbox, rowsOf, withSandbox } from './duckdb.js';

export interface ColumnSelection {
  features: readonly Feature[];
  /** The target column, read as FP32 0 and 1. */
  target?: string;
  batchRows: number;
}

type Column = ColumnBatch[string];

/** What a column must be in the snapshot, and what it is read as. */
interface ColumnReader {
  name: string;
  accepts: RegExp;
  /** What `accepts` means, for the error message. */
  wanted: string;
  castTo: 'FLOAT' | 'BIGINT' | 'VARCHAR';
  /** What a NULL is read as; without it a NULL is an error. */
  nullAs?: number;
}

const readersByDatatype = {
  FP32: { accepts: numberType, wanted: 'a number', castTo: 'FLOAT' },
  INT64: { accepts: integerType, wanted: 'a whole number', castTo: 'BIGINT' },
  BYTES: { accepts: stringType, wanted: 'a string', castTo: 'VARCHAR' },
} as const;

function featureReader(feature: Feature): ColumnReader {
  if (feature.kind === 'numeric') {
    return { name: feature.name, ...readersByDatatype.FP32, nullAs: Number.NaN };
  }
  const datatype = featureDatatype(feature) === 'BYTES' ? 'BYTES' : 'INT64';
  return { name: feature.name, ...readersByDatatype[datatype] };
}

/** Number of rows in a Parquet file. */
export async function countRows(parquetPath: string): Promise<number> {
  return withSandbox({ files: [parquetPath] }, async (connection) => {
    const [row] = await rowsOf(connection, `SELECT count(*) AS n FROM read_parquet(${literal(parquetPath)})`);
    return Number(row?.n);
  });
}

/**
 * Streams the rows in their order, in batches of `batchRows` (the last may be shorter). Numeric features come as
 * Float32Array with NULL as NaN, categories as BigInt64Array or string[], the target as Float32Array.
 *
 * @throws TemperedError `UnusableData` for a missing column, a column of another type than its feature, a NULL
 *   category or target, and a number outside of FP32
 */
export async function* readColumns(
  parquetPath: string,
  { features, target, batchRows }: ColumnSelection,
): AsyncGenerator<ColumnBatch, void, void> {
  const readers = features.map(featureReader);
  if (target !== undefined) readers.push({ name: target, ...readersByDatatype.FP32 });

  const sandbox = await openSandbox({ files: [parquetPath] });
  try {
    yield* readBatches(sandbox.connection, parquetPath, readers, batchRows);
  } catch (cause) {
    if (cause instanceof TemperedError) throw cause;
    throw new TemperedError('UnusableData', `The snapshot cannot be read: ${messageOf(cause)}`, { cause });
  } finally {
    sandbox.close();
  }
}

async function* readBatches(
  connection: DuckDBConnection,
  parquetPath: string,
  readers: readonly ColumnReader[],
  batchRows: number,
): AsyncGenerator<ColumnBatch, void, void> {
  const relation = `read_parquet(${literal(parquetPath)})`;
  await checkTypes(connection, relation, readers);
  const casts = readers.map(({ name, castTo }) => `CAST(${identifier(name)} AS ${castTo})`);
  const result = await connection.stream(`SELECT ${casts.join(', ')} FROM ${relation}`);

  let columns = readers.map((reader) => allocate(reader, batchRows));
  let filled = 0;
  for await (const chunk of result) {
    const values = readers.map((_, i) => chunk.getColumnValues(i));
    for (let taken = 0; taken < chunk.rowCount;) {
      const count = Math.min(chunk.rowCount - taken, batchRows - filled);
      readers.forEach((reader, i) => {
        fill(reader, columns[i] ?? [], filled, (values[i] ?? []).slice(taken, taken + count));
      });
      taken += count;
      filled += count;
      if (filled < batchRows) continue;
      yield toBatch(readers, columns);
      columns = readers.map((reader) => allocate(reader, batchRows));
      filled = 0;
    }
  }
  if (filled > 0) {
    const rows = filled;
    yield toBatch(
      readers,
      columns.map((column) => column.slice(0, rows)),
    );
  }
}

async function checkTypes(
  connection: DuckDBConnection,
  relation: string,
  readers: readonly ColumnReader[],
): Promise<void> {
  const described = await rowsOf(connection, `DESCRIBE SELECT * FROM ${relation}`);
  const types = new Map(described.map((row) => [String(row.column_name), String(row.column_type)]));
  for (const { name, accepts, wanted } of readers) {
    const type = types.get(name);
    if (type === undefined) {
      throw new TemperedError(
        'UnusableData',
        `The snapshot has no column "${name}"; it has: ${[...types.keys()].join(', ')}. Declare it in dataset.columns.`,
      );
    }
    if (!accepts.test(type)) {
      throw new TemperedError(
        'UnusableData',
        `Column "${name}" is ${type}, but its feature needs ${wanted}. Cast it in dataset.columns, or declare the feature otherwise.`,
      );
    }
  }
}

function allocate({ castTo }: ColumnReader, rows: number): Column {
  if (castTo === 'FLOAT') return new Float32Array(rows);
  if (castTo === 'BIGINT') return new BigInt64Array(rows);
  return new Array<string>(rows);
}

function fill(reader: ColumnReader, column: Column, offset: number, values: readonly DuckDBValue[]): void {
  values.forEach((given, i) => {
    const value = given ?? reader.nullAs;
    const at = offset + i;
    if (column instanceof Float32Array && typeof value === 'number') column[at] = value;
    else if (column instanceof BigInt64Array && typeof value === 'bigint') column[at] = value;
    else if (Array.isArray(column) && typeof value === 'string') column[at] = value;
    else throw nullIn(reader.name);
  });
}

function nullIn(name: string): TemperedError {
  return new TemperedError(
    'UnusableData',
    `Column "${name}" holds NULL, which a category or a target cannot be. Give NULL a value in dataset.columns, such as coalesce(…, 'unknown').`,
  );
}

function toBatch(readers: readonly ColumnReader[], columns: readonly Column[]): ColumnBatch {
  return Object.fromEntries(readers.map(({ name }, i) => [name, columns[i] ?? []]));
}
