import { TemperedError } from '../domain/errors.js';
import type { ModelSignature } from '../domain/tensor.js';
import type { Database } from './database.js';
import { readModel } from './models.js';

export interface ModelVersion {
  model: string;
  version: number;
  kind: 'baseline' | 'trained';
  runId: string;
  definitionDigest: string;
  artifactSha256: string;
  signature: ModelSignature;
  createdAt: Date;
}

interface ModelVersionRow {
  model: string;
  version: number;
  kind: 'baseline' | 'trained';
  run_id: string;
  definition_digest: string;
  artifact_sha256: string;
  signature: ModelSignature;
  created_at: Date;
}

/** Registers what a run made under the model's next number; a run registered before keeps its number. */
export async function registerVersion(
  db: Database,
  given: Omit<ModelVersion, 'version' | 'createdAt'>,
): Promise<ModelVersion> {
  return db.transaction(async (transaction) => {
    // Serializes the numbering of this model's versions.
    await transaction('models').where({ name: given.model }).forUpdate().select('name');
    const existing = await transaction<ModelVersionRow>('model_versions')
      .where({ run_id: given.runId })
      .first();
    if (existing !== undefined) return toModelVersion(existing);
    const latest = await transaction<ModelVersionRow>('model_versions')
      .where({ model: given.model })
      .max<{ max: number | null }>('version as max')
      .first();
    const [row] = await transaction<ModelVersionRow>('model_versions')
      .insert({
        model: given.model,
        version: (latest?.max ?? 0) + 1,
        kind: given.kind,
        run_id: given.runId,
        definition_digest: given.definitionDigest,
        artifact_sha256: given.artifactSha256,
        signature: given.signature,
      })
      .returning('*');
    if (row === undefined) throw new Error(`registering run ${given.runId} returned no row`);
    return toModelVersion(row);
  });
}

export async function readModelVersion(
  db: Database,
  model: string,
  version: number,
): Promise<ModelVersion | null> {
  const row = await db<ModelVersionRow>('model_versions').where({ model, version }).first();
  return row === undefined ? null : toModelVersion(row);
}

/** @throws TemperedError `NotFound`, telling an unknown model from an unknown version */
export async function requireModelVersion(
  db: Database,
  model: string,
  version: number,
): Promise<ModelVersion> {
  const found = await readModelVersion(db, model, version);
  if (found !== null) return found;
  await readModel(db, model);
  throw new TemperedError('NotFound', `There is no version ${String(version)} of model "${model}".`);
}

/** The newest versions first. */
export async function listModelVersions(
  db: Database,
  model: string,
  { limit = 100 }: { limit?: number } = {},
): Promise<ModelVersion[]> {
  const rows = await db<ModelVersionRow>('model_versions')
    .where({ model })
    .orderBy('version', 'desc')
    .limit(limit);
  return rows.map(toModelVersion);
}

function toModelVersion(row: ModelVersionRow): ModelVersion {
  return {
    model: row.model,
    version: row.version,
    kind: row.kind,
    runId: row.run_id,
    definitionDigest: row.definition_digest,
    artifactSha256: row.artifact_sha256,
    signature: row.signature,
    createdAt: row.created_at,
  };
}
