/**
 * CSV and JSON lines, turned into Parquet once, so that later queries read columns of known types.
 *
 * Invariant: types fit every row (`sample_size = -1`), and how a CSV is quoted is said outright: what DuckDB finds out
 * by itself depends on the first rows.
 */
import { join } from 'node:path';
import { messageOf, TemperedError } from '../../domain/errors.js';
import type { Source, SourceConfiguration } from '../../domain/sourceConfiguration.js';
import { identifier, literal, withoutRow, withSandbox } from '../duckdb.js';

type TextConfiguration = Extract<SourceConfiguration, { kind: 'csv' | 'jsonl' }>;

/**
 * Writes the rows of text files, in their order, to a Parquet file in `scratch`.
 *
 * @returns its path
 * @throws TemperedError `UnusableData` for what is no such text, or does not convert to its declared type
 */
export async function textToParquet(
  name: Source['name'],
  configuration: TextConfiguration,
  paths: string[],
  scratch: string,
): Promise<string> {
  const parquet = join(scratch, 'rows.parquet');
  const rows = configuration.kind === 'csv' ? csvRows(configuration, paths) : jsonRows(configuration, paths);
  try {
    await withSandbox({ files: paths, directory: scratch }, (connection) =>
      connection.run(`COPY (${rows}) TO ${literal(parquet)} (FORMAT parquet)`),
    );
  } catch (cause) {
    throw new TemperedError(
      'UnusableData',
      `Source "${name}" cannot be read as ${configuration.kind}: ${withoutRow(messageOf(cause))} ` +
        'Mend the file, or declare the types of its columns in TEMPERED_SOURCES.',
      { cause },
    );
  }
  return parquet;
}

function csvRows(
  { types = {}, delimiter = ',' }: TextConfiguration & { kind: 'csv' },
  paths: string[],
): string {
  const declared = Object.entries(types).map(([column, type]) => `${literal(column)}: ${literal(type)}`);
  const typesOption = declared.length === 0 ? '' : `, types = {${declared.join(', ')}}`;
  return `SELECT * FROM read_csv(${fileList(paths)}, sample_size = -1, union_by_name = true, header = true,
    delim = ${literal(delimiter)}, quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = false${typesOption})`;
}

function jsonRows({ types = {} }: TextConfiguration & { kind: 'jsonl' }, paths: string[]): string {
  const declared = Object.entries(types).map(
    ([column, type]) => `${identifier(column)}::${type} AS ${identifier(column)}`,
  );
  const columns = declared.length === 0 ? '*' : `* REPLACE (${declared.join(', ')})`;
  return `SELECT ${columns} FROM read_json(${fileList(paths)}, sample_size = -1, union_by_name = true,
    format = 'newline_delimited', records = 'true', maximum_sample_files = ${String(paths.length)})`;
}

function fileList(paths: string[]): string {
  return `[${paths.map(literal).join(', ')}]`;
}
