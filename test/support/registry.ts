import { createHash, randomUUID } from 'node:crypto';
import type { ModelDefinitionInput } from '../../src/domain/modelDefinition.js';
import { signatureOf } from '../../src/domain/signature.js';
import type { Evaluation, Verdict, VersionEvaluation } from '../../src/domain/validation.js';
import { recordArtifact } from '../../src/store/artifacts.js';
import type { Database } from '../../src/store/database.js';
import { recordDatasetVersion } from '../../src/store/datasets.js';
import { deploy, recordChampion, type DeploymentChange } from '../../src/store/deployments.js';
import { registerDefinition } from '../../src/store/models.js';
import { beginRollout, endRollout } from '../../src/store/rollouts.js';
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

const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex');
const datasetId = sha256Of('dataset');
const profileSha256 = sha256Of('profile');

/** One model's rows in the registry. */
export type RegisteredModel = Awaited<ReturnType<typeof registerModel>>;

/** Registers a definition, and a dataset version that its runs and validations may refer to. */
export async function registerModel(db: Database, change: Partial<ModelDefinitionInput> = {}) {
  const {
    name: model,
    definition,
    definitionDigest,
  } = await registerDefinition(db, { ...lateness, ...change });
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
    statistics: [],
    checks: [],
    parquetSha256: sha256Of('parquet'),
    parquetBytes: 7,
  });

  /** @returns the id of a run that is under way */
  async function addRun(id: string = randomUUID()): Promise<string> {
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
  async function addVersion({
    kind = 'trained',
    runId,
  }: { kind?: 'baseline' | 'trained'; runId?: string } = {}): Promise<number> {
    const run = runId ?? (await addRun());
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
  async function deployBaseline(): Promise<number> {
    const version = await addVersion({ kind: 'baseline' });
    await recordChampion(db, { model, version, rolloutId: null });
    await deploy(db, model, `${model}/baseline`, () =>
      Promise.resolve({ ...servingAlone(version), cause: 'baseline' }),
    );
    return version;
  }

  /** @returns the id of the validation */
  async function addValidation(
    validated: { version: number; championVersion: number; verdict: Verdict; profile?: string },
    id: string = randomUUID(),
  ): Promise<string> {
    const { version, championVersion, verdict, profile = profileSha256 } = validated;
    const evaluation: Evaluation = {
      rows: 1000,
      positives: 200,
      candidate: evaluationOf(version),
      champion: evaluationOf(championVersion),
      aucDifference: { estimate: 0.1, lower: 0.05, upper: 0.15 },
      logLossDifference: { estimate: -0.1, lower: -0.15, upper: -0.05 },
      bootstrapResamples: 200,
      referenceProfileSha256: profile,
    };
    await recordValidation(db, { id, model, report: { verdict, checks: [], evaluation } });
    return id;
  }

  /** Adds a version that may be rolled out against this champion. @returns its number */
  async function addProvedVersion(championVersion: number): Promise<number> {
    const version = await addVersion();
    await addValidation({ version, championVersion, verdict: 'passed' });
    return version;
  }

  /** Adds a version, and makes it champion as validation and rollout would. @returns its number */
  async function promoteNext(championVersion: number, profile?: string): Promise<number> {
    const version = await addVersion();
    const validationId = await addValidation({
      version,
      championVersion,
      verdict: 'passed',
      ...(profile === undefined ? {} : { profile }),
    });
    await beginRollout(db, { id: validationId, model, version, championVersion, validationId });
    await deploy(db, model, `${validationId}/conclusion`, async (_, transaction) => {
      await endRollout(transaction, validationId, 'promoted', 'tests');
      await recordChampion(transaction, { model, version, rolloutId: validationId });
      return { ...servingAlone(version), cause: 'promote' };
    });
    return version;
  }

  return { model, addRun, addVersion, deployBaseline, addValidation, addProvedVersion, promoteNext };
}

/** A deployment of one version and no challenger. */
export const servingAlone = (championVersion: number): DeploymentChange => ({
  championVersion,
  challengerVersion: null,
  challengerWeight: 0,
  rolloutId: null,
  cause: 'roll-back',
  reason: 'tests',
  actor: 'tests',
});

const evaluationOf = (version: number): VersionEvaluation => ({
  version,
  datasetVersionId: datasetId,
  auc: 0.7,
  logLoss: 0.5,
  calibrationError: 0.01,
  latencyP50Ms: 0.1,
  latencyP99Ms: 0.2,
});
