import type { DatasetVersion } from '../domain/dataset.js';
import { TemperedError } from '../domain/errors.js';
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
  const row = await db<{ id: string; manifest: DatasetVersion }>('dataset_versions').where({ id }).first();
  if (row === undefined) throw new TemperedError('NotFound', `There is no dataset version ${id}.`);
  return row.manifest;
}
