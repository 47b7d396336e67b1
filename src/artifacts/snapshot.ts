/**
 * Dataset versions: immutable snapshots of a window of rows, with their lineage.
 *
 * Invariant: the same source, definition and window give the same bytes and the same id, at any time.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { canonicalJson } from '../domain/canonicalJson.js';
import { checkResultSchema, type CheckResult } from '../domain/dataCheck.js';
import type { SampledCheckResult } from '../domain/dataRequirements.js';
import type { ColumnSchema, DatasetVersion, TimeWindow } from '../domain/dataset.js';
import { messageOf, TemperedError } from '../domain/errors.js';
import type { Source, SourceConfiguration } from '../domain/sourceConfiguration.js';
import { checkRows } from './checks/checkRows.js';
import { UnmetChecks } from './checks/unmetChecks.js';
import { columnStatistics } from './columnStatistics.js';
import { sha256OfBytes } from './digest.js';
import { identifier, literal, rowsOf, timestampLiteral, withSandbox } from './duckdb.js';
import { declaredColumnsQuery, eventTimeRange, type DatasetSpec } from './source.js';
import { joinFeatureViews, type UsedFeatureView } from './snapshotFeatures.js';
import {
  createSourceView,
  sourceNamed,
  sourceRow,
  withLocalSource,
  withLocalSources,
  type LocalSources,
} from './sources/localSource.js';
import type { ArtifactStore } from './store.js';

export interface SnapshotRequest {
  source: Source;
  dataset: DatasetSpec;
  window: TimeWindow;
  /** Over this many rows, an even, repeatable sample is taken. */
  maxRows: number;
  /** Views whose features are joined to the rows; none unless given. */
  featureViews?: readonly UsedFeatureView[];
}

/**
 * Writes the declared columns of the rows whose event time lies in the window to a Parquet file in the store, in
 * order of event time, and with them the features of the model's views as they were known before each row.
 *
 * @throws TemperedError what `withLocalSource` throws, `InvalidInput` (a column's SQL), `UnusableData` (a value that does
 *   not convert); UnmetChecks where the window holds no rows, a target is neither true/false nor 1/0, or a declared
 *   check is broken
 */
export async function snapshotDataset(
  request: SnapshotRequest,
  store: ArtifactStore,
): Promise<DatasetVersion> {
  const directory = await mkdtemp(join(tmpdir(), 'tempered-snapshot-'));
  try {
    const parquet = join(directory, 'snapshot.parquet');
    const featureViews = request.featureViews ?? [];
    const sources = [request.source, ...featureViews.map(({ source }) => source)];
    const written = await withLocalSources(sources, (locals) => {
      const files = [...locals.values()].flatMap((local) => local.files);
      return withSandbox({ files, directory }, async (connection) => {
        const local = sourceNamed(locals, request.source.name);
        await createSourceView(connection, local);
        return writeSnapshot(connection, request, locals, parquet);
      });
    });
    const stored = await store.putFile(parquet);
    const manifest = {
      source: request.source.name,
      window: request.window,
      ...written,
      parquetSha256: stored.sha256,
      parquetBytes: stored.bytes,
    };
    return { id: sha256OfBytes(canonicalJson(manifest)), ...manifest };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

type WrittenSnapshot = Omit<DatasetVersion, 'id' | 'source' | 'window' | 'parquetSha256' | 'parquetBytes'>;

async function writeSnapshot(
  connection: DuckDBConnection,
  { source, dataset, window, maxRows, featureViews }: SnapshotRequest,
  locals: LocalSources,
  parquet: string,
): Promise<WrittenSnapshot> {
  const declared = await declaredColumnsQuery(connection, source.name, dataset);
  const time = identifier(dataset.eventTime);
  const inWindow = `${time} >= ${timestampLiteral(window.from)} AND ${time} < ${timestampLiteral(window.to)}`;
  try {
    const { sha256: sourceSha256 } = sourceNamed(locals, source.name);
    const { rows, checks } = await checkRows(connection, { declared, dataset, window, inWindow });
    if (!checks.every(({ met }) => met)) {
      throw new UnmetChecks({ source: source.name, sourceSha256, window, checks });
    }
    const ofWindow = `SELECT * FROM (${declared}) WHERE ${inWindow}`;
    const query = snapshotQuery(ofWindow, dataset.eventTime, rows > maxRows ? maxRows : null);
    const unjoined = { query, eventTime: dataset.eventTime };
    const joined = await joinFeatureViews(connection, unjoined, featureViews ?? [], locals);
    await connection.run(`COPY (${joined.query}) TO ${literal(parquet)} (FORMAT parquet, COMPRESSION zstd)`);
    return {
      sourceSha256,
      query,
      ...joined.lineage,
      ...(await describeSnapshot(connection, dataset, parquet)),
      checks: checks.map(withoutRows),
    };
  } catch (cause) {
    if (cause instanceof TemperedError) throw cause;
    throw new TemperedError(
      'UnusableData',
      `The rows of source "${source.name}" cannot be computed: ${messageOf(cause)}`,
      { cause },
    );
  }
}

async function describeSnapshot(
  connection: DuckDBConnection,
  dataset: DatasetSpec,
  parquet: string,
): Promise<Pick<DatasetVersion, 'rowCount' | 'eventTimeRange' | 'columns' | 'statistics'>> {
  const snapshot = `read_parquet(${literal(parquet)})`;
  const { rows, range } = await eventTimeRange(connection, snapshot, dataset.eventTime);
  const columns = await schemaOf(connection, snapshot);
  const statistics = await columnStatistics(connection, { path: parquet, rows }, columns);
  return { rowCount: rows, eventTimeRange: range, columns, statistics };
}

/** A manifest holds what was found, not the rows it was found in. */
function withoutRows(check: SampledCheckResult): CheckResult {
  return checkResultSchema.parse(check);
}

/**
 * Rows in order of event time, equal times in order of the file. The sample is by the hash of the row's position,
 * so a row's luck does not depend on the window or on other rows.
 */
function snapshotQuery(inWindow: string, eventTime: string, sampleRows: number | null): string {
  const rows =
    sampleRows === null
      ? inWindow
      : `${inWindow} ORDER BY hash(${sourceRow}), ${sourceRow} LIMIT ${sampleRows}`;
  return `SELECT * EXCLUDE (${sourceRow}) FROM (${rows}) ORDER BY ${identifier(eventTime)}, ${sourceRow}`;
}

async function schemaOf(connection: DuckDBConnection, relation: string): Promise<ColumnSchema[]> {
  const rows = await rowsOf(connection, `DESCRIBE SELECT * FROM ${relation}`);
  return rows.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }));
}

/**
 * What a source covers, for choosing a moment to train as of: its rows with an event time, the time of the first
 * (inclusive) and just after the last (exclusive).
 *
 * @throws TemperedError what `withLocalSource` throws, `InvalidInput` (a column's SQL), `UnusableData` (no rows)
 */
export async function describeSource(
  configuration: SourceConfiguration,
  dataset: DatasetSpec,
): Promise<TimeWindow & { rows: number }> {
  const source = { name: dataset.source, configuration };
  return withLocalSource(source, (local) =>
    withSandbox({ files: local.files }, async (connection) => {
      await createSourceView(connection, local);
      const declared = await declaredColumnsQuery(connection, source.name, dataset);
      const { rows, range } = await eventTimeRange(connection, `(${declared})`, dataset.eventTime);
      if (range === null) {
        throw new TemperedError('UnusableData', `Source "${source.name}" holds no row with an event time.`);
      }
      return { ...range, rows };
    }),
  );
}
