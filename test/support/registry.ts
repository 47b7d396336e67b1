import { createHash, randomUUID } from 'node:crypto';
import type { ModelDefinitionInput } from '../../src/domain/modelDefinition.js';
import { signatureOf } from '../../src/domain/tensor.js';
import type { Evaluation, Verdict, VersionEvaluation } from '../../src/domain/validation.js';
import { recordArtifact } from '../../src/store/artifacts.js';
import type { Database } from '../../src/store/database.js';
import { recordDatasetVersion } from '../../src/store/datasets.js';
import { deploy, recordChampion } from '../../src/store/deployments.js';
import { readModel, registerDefinition } from '../../src/store/models.js';
import { beginRun } from '../../src/store/runs.js';
import { recordValidation } from '../../src/store/validations.js';
import { registerVersion } from '../../src/store/versions.js';

/** What the registry holds after a training, without one: rows as the store's own functions write them. */
export const lateness: ModelDefinitionInput = {
  name: 'lateness',
  description: 'whether it is late',
  owner: 'tests',
  dataset: { source: 'rows', columns: { at: 'at', x: 'x', late: 'late' }, eventTime: 'at', target: 'late' },
  features: [{ name: 'x', kind: 'numeric' }],
  training: { days: 7 },
  validation: { days: 2 },
  trainer: { name: 'logistic' },
  baseline: 'base-rate',
  acceptance: { minAuc: 0.6 },
};
export const model = lateness.name;

const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex');
const datasetId = sha256Of('dataset');
const profileSha256 = sha256Of('profile');

/** Registers the definition, and a dataset version that runs and validations may refer to. */
export async function registerModel(db: Database): Promise<void> {
  await registerDefinition(db, lateness);
  await recordArtifact(db, { sha256: profileSha256, bytes: 2, kind: 'reference-profile' });
  await recordDatasetVersion(db, {
    id: datasetId,
    source: 'rows',
    sourceSha256: sha256Of('source'),
    query: 'SELECT 1',
    window: { from: '2001-01-01T00:00:00.000Z', to: '2001-01-08T00:00:00.000Z' },
    eventTimeRange: null,
    rowCount: 1,
    columns: [],
    parquetSha256: sha256Of('parquet'),
    parquetBytes: 7,
  });
}

/** @returns the id of a run that is under way */
export async function addRun(db: Database, id: string = randomUUID()): Promise<string> {
  const { definitionDigest } = await readModel(db, model);
  await beginRun(db, {
    id,
    model,
    definitionDigest,
    trainingDatasetId: datasetId,
    trainer: 'logistic',
    params: {},
    seed: 1,
    permutedLabels: false,
    workflowId: 'trainModel/test',
  });
  return id;
}

/** Registers what a run made. @returns its number */
export async function addVersion(
  db: Database,
  { kind = 'trained', runId }: { kind?: 'baseline' | 'trained'; runId?: string } = {},
): Promise<number> {
  const { definition, definitionDigest } = await readModel(db, model);
  const run = runId ?? (await addRun(db));
  await recordArtifact(db, { sha256: sha256Of(run), bytes: 1, kind: 'model' });
  const { version } = await registerVersion(db, {
    model,
    kind,
    runId: run,
    definitionDigest,
    artifactSha256: sha256Of(run),
    signature: signatureOf(definition.features),
  });
  return version;
}

/** Makes a baseline the first champion, serving alone in epoch 1. @returns its version */
export async function deployBaseline(db: Database): Promise<number> {
  const version = await addVersion(db, { kind: 'baseline' });
  await recordChampion(db, { model, version, rolloutId: null });
  await deploy(db, model, 'baseline', () =>
    Promise.resolve({
      championVersion: version,
      challengerVersion: null,
      challengerWeight: 0,
      rolloutId: null,
      cause: 'baseline',
      reason: 'the baseline',
      actor: 'tests',
    }),
  );
  return version;
}

/** @returns the id of the validation */
export async function addValidation(
  db: Database,
  { version, championVersion, verdict }: { version: number; championVersion: number; verdict: Verdict },
  id: string = randomUUID(),
): Promise<string> {
  const evaluated = (of: number): VersionEvaluation => ({
    version: of,
    datasetVersionId: datasetId,
    auc: 0.7,
    logLoss: 0.5,
    calibrationError: 0.01,
    latencyP50Ms: 0.1,
    latencyP99Ms: 0.2,
  });
  const evaluation: Evaluation = {
    rows: 1000,
    positives: 200,
    candidate: evaluated(version),
    champion: evaluated(championVersion),
    aucDifference: { estimate: 0.1, lower: 0.05, upper: 0.15 },
    logLossDifference: { estimate: -0.1, lower: -0.15, upper: -0.05 },
    bootstrapResamples: 200,
    referenceProfileSha256: profileSha256,
  };
  await recordValidation(db, { id, model, report: { verdict, checks: [], evaluation } });
  return id;
}
