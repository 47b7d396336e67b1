import { datasetVersionSchema, type DatasetVersion, type TimeWindow } from '../domain/dataset.js';
import { TemperedError } from '../domain/errors.js';
import { parse } from '../domain/parse.js';
import { recordArtifact } from './artifacts.js';
import type { Database } from './database.js';

/** Records a dataset version with its lineage. Recording it again changes nothing. */
export async function recordDatasetVersion(db: Database, dataset: DatasetVersion): Promise<void> {
  await recordArtifact(db, { sha256: dataset.parquetSha256, bytes: dataset.parquetBytes, kind: 'dataset' });
  await db('dataset_versions')
    .insert({
      id: dataset.id,
      manifest: JSON.stringify(dataset),
      parquet_sha256: dataset.parquetSha256,
      row_count: dataset.rowCount,
    })
    .onConflict('id')
    .ignore();
}

/** @throws TemperedError `NotFound` */
export async function readDatasetVersion(db: Database, id: string): Promise<DatasetVersion> {
  const row = await db<{ id: string; manifest: unknown }>('dataset_versions').where({ id }).first();
  if (row === undefined) throw new TemperedError('NotFound', `There is no dataset version ${id}.`);
  return parseManifest(id, row.manifest);
}

export interface DatasetVersionSummary {
  id: string;
  source: string;
  window: TimeWindow;
  rowCount: number;
  parquetBytes: number;
  createdAt: Date;
}

/** The newest dataset versions. */
export async function listDatasetVersions(
  db: Database,
  { limit }: { limit: number },
): Promise<DatasetVersionSummary[]> {
  const rows = await db<{ id: string; manifest: unknown; created_at: Date }>('dataset_versions')
    .orderBy([{ column: 'created_at', order: 'desc' }, 'id'])
    .limit(limit);
  return rows.map(({ id, manifest, created_at }) => {
    const { source, window, rowCount, parquetBytes } = parseManifest(id, manifest);
    return { id, source, window, rowCount, parquetBytes, createdAt: created_at };
  });
}

function parseManifest(id: string, manifest: unknown): DatasetVersion {
  return parse(datasetVersionSchema, manifest, `The stored manifest of dataset version ${id}`);
}
