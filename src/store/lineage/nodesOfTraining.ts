/** Nodes of lineage up to a run, and the files it made. */
import type { DatasetVersion } from '../../domain/dataset.js';
import type { FeatureView } from '../../domain/featureView.js';
import type { LineageNode } from '../../domain/lineage.js';
import type { RunEnvironment } from '../../domain/training.js';
import type { Database } from '../database.js';
import { readLastMetrics } from '../runMetrics.js';
import type { RunStatus } from '../runs.js';
import type { KeyValues } from './keys.js';

/** Of sources we know nothing but what their dataset versions say. */
export function readSources(_db: Database, keys: readonly KeyValues[]): Promise<LineageNode[]> {
  return Promise.resolve(
    keys.map(([name = '', sha256 = '']) => {
      return { kind: 'source', id: `${name}@${sha256}`, at: null, facts: { name, sha256 } };
    }),
  );
}

export async function readFeatureViews(db: Database, keys: readonly KeyValues[]): Promise<LineageNode[]> {
  const rows = await db('feature_view_versions')
    .whereIn(
      ['view', 'version'],
      keys.map((key) => [...key]),
    )
    .select<{ view: string; version: number; digest: string; definition: FeatureView; created_at: Date }[]>(
      'view',
      'version',
      'digest',
      'definition',
      'created_at',
    );
  return rows.map(({ view, version, digest, definition, created_at }) => ({
    kind: 'feature-view',
    id: `${view}@${String(version)}`,
    at: created_at.toISOString(),
    facts: {
      description: definition.description,
      owner: definition.owner,
      entity: definition.entity,
      source: definition.source,
      digest,
    },
  }));
}

export async function readDefinitions(db: Database, keys: readonly KeyValues[]): Promise<LineageNode[]> {
  const rows = await db('model_definitions')
    .whereIn('digest', keys.flat())
    .select<{ digest: string; model: string; owner: string; created_at: Date }[]>(
      'digest',
      'model',
      db.raw(`definition ->> 'owner' as owner`),
      'created_at',
    );
  return rows.map(({ digest, model, owner, created_at }) => ({
    kind: 'definition',
    id: digest,
    at: created_at.toISOString(),
    facts: { model, owner },
  }));
}

export async function readDatasets(db: Database, keys: readonly KeyValues[]): Promise<LineageNode[]> {
  const rows = await db('dataset_versions').whereIn('id', keys.flat()).select<
    {
      id: string;
      manifest: Partial<DatasetVersion>;
      row_count: number;
      parquet_sha256: string;
      created_at: Date;
    }[]
  >('id', 'manifest', 'row_count', 'parquet_sha256', 'created_at');
  return rows.map(({ id, manifest, row_count, parquet_sha256, created_at }) => ({
    kind: 'dataset',
    id,
    at: created_at.toISOString(),
    facts: {
      source: manifest.source ?? null,
      sourceSha256: manifest.sourceSha256 ?? null,
      rows: row_count,
      from: manifest.window?.from ?? null,
      to: manifest.window?.to ?? null,
      parquetSha256: parquet_sha256,
    },
  }));
}

interface RunRow {
  id: string;
  model: string;
  trainer: string;
  params: Record<string, unknown>;
  seed: number;
  status: RunStatus;
  environment: RunEnvironment | null;
  error: string | null;
  workflow_id: string;
  started_at: Date;
  deleted_at: Date | null;
}

export async function readRuns(db: Database, keys: readonly KeyValues[]): Promise<LineageNode[]> {
  const ids = keys.map(([id = '']) => String(id));
  const [rows, metrics] = await Promise.all([
    db('runs').whereIn('id', ids).select<RunRow[]>('*'),
    readLastMetrics(db, ids),
  ]);
  return rows.map((run) => ({
    kind: 'run',
    id: run.id,
    at: run.started_at.toISOString(),
    facts: {
      model: run.model,
      trainer: run.trainer,
      params: JSON.stringify(run.params),
      seed: run.seed,
      status: run.deleted_at === null ? run.status : `${run.status}, deleted`,
      error: run.error,
      metrics: Object.entries(metrics.get(run.id) ?? {}).map(
        ([name, value]) => `${name} ${String(Number(value.toPrecision(4)))}`,
      ),
      backend: run.environment?.backend ?? null,
      gitCommit: run.environment?.gitCommit ?? null,
      workflow: run.workflow_id,
    },
  }));
}

export async function readArtifacts(db: Database, keys: readonly KeyValues[]): Promise<LineageNode[]> {
  const rows = await db('artifacts')
    .whereIn('sha256', keys.flat())
    .select<{ sha256: string; kind: string; bytes: number; created_at: Date }[]>(
      'sha256',
      'kind',
      'bytes',
      'created_at',
    );
  return rows.map(({ sha256, kind, bytes, created_at }) => ({
    kind: 'artifact',
    id: sha256,
    at: created_at.toISOString(),
    facts: { kind, bytes },
  }));
}
