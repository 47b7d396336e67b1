import type { MetricPoint } from '../domain/training.js';
import { signatureOf } from '../domain/signature.js';
import type { ValidationReport } from '../domain/validation.js';
import { readDatasetVersion } from '../store/datasets.js';
import { deploy, readDeployment, recordChampion, type DeploymentChange } from '../store/deployments.js';
import { readDefinition } from '../store/models.js';
import { abandonRun, beginRun, completeRun, readRun, type RunStatus } from '../store/runs.js';
import { recordValidation } from '../store/validations.js';
import { registerVersion } from '../store/versions.js';
import { trainBaseRate } from '../training/baseRate.js';
import type { ControlDependencies } from './dependencies.js';
import { keepArtifact } from './keepArtifact.js';

export interface RunRequest {
  runId: string;
  model: string;
  definitionDigest: string;
  datasetVersionId: string;
  permuteLabels: boolean;
  workflowId: string;
}

export function registryActivities({ db, artifacts }: ControlDependencies) {
  return {
    /**
     * Makes the definition's baseline the first champion, unless something serves already: so every later version
     * has something to beat, the first one included (invariant 2).
     */
    async ensureBaseline(input: Omit<RunRequest, 'permuteLabels'>): Promise<{ championVersion: number }> {
      const { model, runId, definitionDigest } = input;
      const serving = await readDeployment(db, model);
      if (serving !== null) return { championVersion: serving.championVersion };

      const { features, dataset, seed } = await readDefinition(db, definitionDigest);
      const { parquetSha256 } = await readDatasetVersion(db, input.datasetVersionId);
      const datasetPath = await artifacts.fetch(parquetSha256);
      const { rate, modelBytes } = await trainBaseRate({ datasetPath, features, target: dataset.target });
      const artifact = await artifacts.putBytes(modelBytes);
      await keepArtifact({ db, artifacts }, { ...artifact, kind: 'model' });
      await beginRun(db, {
        id: runId,
        model,
        definitionDigest,
        trainingDatasetId: input.datasetVersionId,
        trainer: 'base-rate',
        params: {},
        seed,
        permutedLabels: false,
        workflowId: input.workflowId,
      });
      const metrics: MetricPoint[] = [{ name: 'base-rate', step: 0, value: rate }];
      await completeRun(db, runId, {
        modelSha256: artifact.sha256,
        metrics,
        parity: null,
        environment: null,
        resources: null,
      });
      const { version } = await registerVersion(db, {
        model,
        kind: 'baseline',
        runId,
        definitionDigest,
        artifactSha256: artifact.sha256,
        signature: signatureOf(features),
      });
      await recordChampion(db, { model, version, rolloutId: null });
      const deployment = await deploy(db, model, `${runId}/baseline`, (current) =>
        Promise.resolve(current === null ? firstDeployment(version, rate) : null),
      );
      return { championVersion: deployment.championVersion };
    },

    /** Records that a training begins, with its lineage. */
    async beginRun(input: RunRequest): Promise<void> {
      const { trainer, seed } = await readDefinition(db, input.definitionDigest);
      const { name, ...params } = trainer;
      await beginRun(db, {
        id: input.runId,
        model: input.model,
        definitionDigest: input.definitionDigest,
        trainingDatasetId: input.datasetVersionId,
        trainer: name,
        params,
        seed,
        permutedLabels: input.permuteLabels,
        workflowId: input.workflowId,
      });
    },

    /** Records that a training ended without a model. */
    async abandonRun(input: {
      runId: string;
      status: Extract<RunStatus, 'failed' | 'cancelled'>;
      error: string;
    }): Promise<void> {
      await abandonRun(db, input.runId, input.status, input.error);
    },

    /** Registers what a run made as the model's next version. */
    async registerVersion(input: { runId: string; modelSha256: string }): Promise<{ version: number }> {
      const run = await readRun(db, input.runId);
      const { features } = await readDefinition(db, run.definitionDigest);
      const { version } = await registerVersion(db, {
        model: run.model,
        kind: 'trained',
        runId: run.id,
        definitionDigest: run.definitionDigest,
        artifactSha256: input.modelSha256,
        signature: signatureOf(features),
      });
      return { version };
    },

    /** Stores a verdict with every number it rests on. */
    async recordValidation(input: {
      validationId: string;
      model: string;
      report: ValidationReport;
    }): Promise<void> {
      await recordValidation(db, { id: input.validationId, model: input.model, report: input.report });
    },
  };
}

function firstDeployment(version: number, rate: number): DeploymentChange {
  return {
    championVersion: version,
    challengerVersion: null,
    challengerWeight: 0,
    rolloutId: null,
    cause: 'baseline',
    reason: `the baseline answers the base rate of ${rate.toFixed(4)} until a version beats it`,
    actor: 'trainModel',
  };
}
