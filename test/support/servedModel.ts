import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFileSystemArtifactStore } from '../../src/artifacts/fileSystem.js';
import type { ArtifactStore } from '../../src/artifacts/store.js';
import { type ModelDefinitionInput, modelDefinitionSchema } from '../../src/domain/modelDefinition.js';
import { signatureOf } from '../../src/domain/signature.js';
import type { Database } from '../../src/store/database.js';
import { type DeploymentChange, deploy, recordChampion } from '../../src/store/deployments.js';
import { registerDefinition } from '../../src/store/models.js';
import { exportBaseRate } from '../../src/training/onnx/exportBaseRate.js';

/** A definition with one feature of each kind, one of them with a policy for missing values. */
export const servedDefinition: ModelDefinitionInput = {
  name: 'arrival',
  description: 'whether it arrives late',
  owner: 'tests',
  dataset: {
    source: 'arrivals',
    columns: { at: 'at', late: 'late', distance: 'distance', age: 'age', hour: 'hour', origin: 'origin' },
    eventTime: 'at',
    target: 'late',
  },
  features: [
    { name: 'distance', kind: 'numeric' },
    { name: 'age', kind: 'numeric', missing: { fill: 0 } },
    { name: 'hour', kind: 'categorical', values: [0, 1, 2, 3] },
    { name: 'origin', kind: 'categorical', values: ['ATL', 'ORD'] },
  ],
  training: { days: 1 },
  validation: { days: 1 },
  trainer: { name: 'logistic' },
  baseline: 'base-rate',
  acceptance: { minAuc: 0.5 },
};

export const servedSignature = signatureOf(modelDefinitionSchema.parse(servedDefinition).features);

export interface ServedModelFixture {
  artifacts: ArtifactStore;
  artifactsDirectory: string;
  model: string;
  /** Registers the next version, which answers every row with this rate. @returns its number */
  addVersion(rate: number): Promise<{ version: number; sha256: string }>;
  /** Makes a version the only one that serves. @returns the new epoch */
  deployChampion(version: number): Promise<number>;
  /** Rolls a version out against the champion, at this weight. @returns the new epoch */
  deployChallenger(version: number, weight: number): Promise<number>;
  remove(): Promise<void>;
}

/** A registered model whose versions go into the tables as training, validation and rollout would leave them. */
export async function createServedModel(
  db: Database,
  given: ModelDefinitionInput = servedDefinition,
): Promise<ServedModelFixture> {
  const artifactsDirectory = await mkdtemp(join(tmpdir(), 'tempered-served-'));
  const artifacts = openFileSystemArtifactStore(artifactsDirectory);
  const { name: model, definitionDigest, definition } = await registerDefinition(db, given);
  const { features } = definition;
  const datasetId = await addDataset(db, artifacts);
  const rollouts = new Map<number, string>();
  let versions = 0;
  let championVersion = 1;

  async function addVersion(rate: number): Promise<{ version: number; sha256: string }> {
    const { sha256, bytes } = await artifacts.putBytes(exportBaseRate(features, rate));
    await db('artifacts').insert({ sha256, bytes, kind: 'model' }).onConflict().ignore();
    const runId = randomUUID();
    await db('runs').insert({
      id: runId,
      model,
      definition_digest: definitionDigest,
      training_dataset_id: datasetId,
      trainer: 'base-rate',
      params: {},
      seed: 1,
      status: 'succeeded',
      workflow_id: 'test',
      ended_at: db.fn.now(),
    });
    const version = ++versions;
    await db('model_versions').insert({
      model,
      version,
      kind: version === 1 ? 'baseline' : 'trained',
      run_id: runId,
      definition_digest: definitionDigest,
      artifact_sha256: sha256,
      signature: JSON.stringify(signatureOf(features)),
    });
    if (version === 1) await recordChampion(db, { model, version, rolloutId: null });
    return { version, sha256 };
  }

  /** A version may only serve with a rollout, which may only be with a passed validation. */
  async function rolloutOf(version: number): Promise<string> {
    const known = rollouts.get(version);
    if (known !== undefined) return known;
    const validationId = randomUUID();
    const rolloutId = randomUUID();
    await db('validations').insert({
      id: validationId,
      model,
      version,
      champion_version: 1,
      verdict: 'passed',
      report: { verdict: 'passed', checks: [] },
      dataset_id: datasetId,
      champion_dataset_id: datasetId,
      reference_profile_sha256: await db('artifacts')
        .first('sha256')
        .then((row: { sha256: string }) => row.sha256),
    });
    await db('rollouts').insert({
      id: rolloutId,
      model,
      version,
      champion_version: 1,
      validation_id: validationId,
      status: 'promoted',
      ended_at: db.fn.now(),
    });
    await recordChampion(db, { model, version, rolloutId });
    rollouts.set(version, rolloutId);
    return rolloutId;
  }

  async function deployNext(next: DeploymentChange): Promise<number> {
    const { epoch } = await deploy(db, model, randomUUID(), () => Promise.resolve(next));
    return epoch;
  }

  return {
    artifacts,
    artifactsDirectory,
    model,
    addVersion,
    async deployChampion(version) {
      if (version !== 1) await rolloutOf(version);
      championVersion = version;
      return deployNext({
        championVersion: version,
        challengerVersion: null,
        challengerWeight: 0,
        rolloutId: null,
        cause: version === 1 ? 'baseline' : 'promote',
        reason: 'test',
        actor: 'test',
      });
    },
    async deployChallenger(version, weight) {
      const rolloutId = await rolloutOf(version);
      return deployNext({
        championVersion,
        challengerVersion: version,
        challengerWeight: weight,
        rolloutId,
        cause: 'stage',
        reason: 'test',
        actor: 'test',
      });
    },
    remove: () => rm(artifactsDirectory, { recursive: true, force: true }),
  };
}

async function addDataset(db: Database, artifacts: ArtifactStore): Promise<string> {
  const { sha256, bytes } = await artifacts.putBytes(Buffer.from('rows'));
  await db('artifacts').insert({ sha256, bytes, kind: 'dataset' }).onConflict().ignore();
  await db('dataset_versions').insert({ id: sha256, manifest: {}, parquet_sha256: sha256, row_count: 0 });
  return sha256;
}
