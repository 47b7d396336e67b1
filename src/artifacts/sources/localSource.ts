/**
 * The rows of a source as local Parquet files, wherever and in whatever form they lie.
 *
 * Invariants: rows are never all in memory; the same source gives the same rows in the same order, under the same
 * digest; a source that was written to meanwhile is an error.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TemperedError } from '../../domain/errors.js';
import type { Source } from '../../domain/sourceConfiguration.js';
import { sha256OfFile } from '../digest.js';
import { identifier, literal } from '../duckdb.js';
import { queryToParquet } from './postgresQuery.js';
import { findSourceFiles, type FilesConfiguration } from './sourceFiles.js';
import { textToParquet } from './textFiles.js';

/** Position of a row in its source: breaks ties in event time. The space keeps it apart from declared names. */
export const sourceRow = '"source row"';

export interface LocalSource {
  name: string;
  /** Parquet files, in their order: what a sandbox must be allowed to read. */
  files: string[];
  /** Of the files as they lie at the source; of a query, over its rows. */
  sha256: string;
}

/**
 * Brings a source's rows here, and removes what was only copied when `use` is done.
 *
 * @throws TemperedError `NotFound` (no file), `InvalidInput` (a query's SQL or types), `UnusableData` (what does not
 *   convert), `Unavailable` (S3 or PostgreSQL), `Conflict` (files were written to meanwhile)
 */
export async function withLocalSource<Result>(
  { name, configuration }: Source,
  use: (local: LocalSource) => Promise<Result>,
): Promise<Result> {
  const scratch = await mkdtemp(join(tmpdir(), 'tempered-source-'));
  try {
    if (configuration.kind !== 'postgres') return await withFiles(name, configuration, scratch, use);
    const parquet = await queryToParquet(name, configuration, scratch);
    return await use({ name, files: [parquet], sha256: await sha256OfFile(parquet) });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Several sources, by their names. */
export type LocalSources = ReadonlyMap<string, LocalSource>;

/** Brings several sources here, as `withLocalSource` does; each once, though it be named twice. */
export async function withLocalSources<Result>(
  sources: readonly Source[],
  use: (locals: LocalSources) => Promise<Result>,
): Promise<Result> {
  const bring = (brought: LocalSources): Promise<Result> => {
    const next = sources.find(({ name }) => !brought.has(name));
    if (next === undefined) return use(brought);
    return withLocalSource(next, (local) => bring(new Map([...brought, [local.name, local]])));
  };
  return bring(new Map());
}

/** The one of this name among sources that were brought here. */
export function sourceNamed(locals: LocalSources, name: string): LocalSource {
  const local = locals.get(name);
  if (local === undefined) throw new Error(`the source "${name}" was not brought here`);
  return local;
}

async function withFiles<Result>(
  name: string,
  configuration: FilesConfiguration,
  scratch: string,
  use: (local: LocalSource) => Promise<Result>,
): Promise<Result> {
  const found = await findSourceFiles(name, configuration, scratch);
  const sha256 = await found.digest();
  const files =
    configuration.kind === 'parquet'
      ? found.paths
      : [await textToParquet(name, configuration, found.paths, scratch)];
  const result = await use({ name, files, sha256 });
  if ((await found.digest()) === sha256) return result;
  throw new TemperedError(
    'Conflict',
    `Source "${name}" was written to while it was read. Try again once it is whole.`,
  );
}

/** Files × rows in one number; no file of ours has more rows than this. */
const mostRowsPerFile = 2 ** 40;

/**
 * Makes the rows known to queries as a view, with the column `sourceRow`. Columns of several files are matched by name;
 * where one lacks a column, it is NULL.
 */
export async function createSourceView(
  connection: DuckDBConnection,
  { files }: LocalSource,
  view = 'source',
): Promise<void> {
  const list = `[${files.map(literal).join(', ')}]`;
  await connection.run(
    `CREATE VIEW ${identifier(view)} AS
      SELECT *, file_index::BIGINT * ${String(mostRowsPerFile)} + file_row_number AS ${sourceRow}
      FROM read_parquet(${list}, union_by_name = true)`,
  );
}
