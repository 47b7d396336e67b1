import { UnmetChecks } from '../artifacts/checks/unmetChecks.js';
import { describeSource, snapshotDataset } from '../artifacts/snapshot.js';
import type { TimeWindow } from '../domain/dataset.js';
import { TemperedError } from '../domain/errors.js';
import type { ModelDefinition } from '../domain/modelDefinition.js';
import type { Source } from '../domain/sourceConfiguration.js';
import { readDatasetVersion, recordDatasetVersion } from '../store/datasets.js';
import { requireDeployment } from '../store/deployments.js';
import { resolveFeatureReferences } from '../store/featureReferences.js';
import { readDefinition, readModel } from '../store/models.js';
import { readRun } from '../store/runs.js';
import { requireModelVersion } from '../store/versions.js';
import { readNewestEventTime } from '../store/windowProfile.js';
import { reportRequirements } from './dataRequirements.js';
import type { ControlDependencies } from './dependencies.js';
import { assertStored } from './keepArtifact.js';
import { namedSource } from './namedSource.js';

/** Facts a training is planned from; small, so that they may pass through a workflow. */
export interface TrainingFacts {
  definitionDigest: string;
  /** The moment up to which data is known. */
  asOf: string;
  outcomeDelayHours: number;
  training: ModelDefinition['training'];
  validation: ModelDefinition['validation'];
}

/** What a validation is planned from: both versions, each with the definition by which its rows are made. */
export interface ValidationFacts {
  candidate: { version: number; definitionDigest: string };
  champion: { version: number; definitionDigest: string };
  /** Where the candidate's training window ended: nothing before it is held out. */
  trainedUntil: string;
  validation: ModelDefinition['validation'];
  acceptance: ModelDefinition['acceptance'];
}

export interface SnapshotRequest {
  definitionDigest: string;
  window: TimeWindow;
  maxRows: number;
}

export interface SnapshotReference {
  datasetVersionId: string;
  rowCount: number;
}

export function datasetActivities({ db, artifacts, sources }: ControlDependencies) {
  return {
    /** The model's current definition, and the newest moment its data is known at unless the caller names one. */
    async readTrainingFacts(input: { model: string; asOf: string | null }): Promise<TrainingFacts> {
      const { definition, definitionDigest } = await readModel(db, input.model);
      const asOf = input.asOf ?? (await newestMoment(input.model, definition));
      const { dataset, training, validation } = definition;
      return { definitionDigest, asOf, outcomeDelayHours: dataset.outcomeDelayHours, training, validation };
    },

    async readValidationFacts(input: { model: string; version: number }): Promise<ValidationFacts> {
      const candidate = await requireModelVersion(db, input.model, input.version);
      const { championVersion } = await requireDeployment(db, input.model);
      const champion = await requireModelVersion(db, input.model, championVersion);
      const { validation, acceptance } = await readDefinition(db, candidate.definitionDigest);
      const run = await readRun(db, candidate.runId);
      const { window } = await readDatasetVersion(db, run.trainingDatasetId);
      return {
        candidate: { version: candidate.version, definitionDigest: candidate.definitionDigest },
        champion: { version: champion.version, definitionDigest: champion.definitionDigest },
        trainedUntil: window.to,
        validation,
        acceptance,
      };
    },

    /** Makes an immutable dataset version of one window of the definition's source. */
    async snapshotDataset(input: SnapshotRequest): Promise<SnapshotReference> {
      const definition = await readDefinition(db, input.definitionDigest);
      const { dataset } = definition;
      const source = sourceNamed(dataset.source, 'The definition');
      const featureViews = (await resolveFeatureReferences(db, definition)).map(({ reference, view }) => ({
        reference,
        view,
        source: sourceNamed(view.definition.source, `The feature view "${reference.view}"`),
      }));
      const { window, maxRows } = input;
      const version = await snapshotDataset(
        { source, dataset, window, maxRows, featureViews },
        artifacts,
      ).catch((error: unknown) => reportUnmet(definition.name, error));
      await recordDatasetVersion(db, version);
      await assertStored(artifacts, version.parquetSha256);
      const checks = version.checks.map((check) => ({ ...check, samples: [] }));
      await reportRequirements({ db, artifacts }, definition.name, { ...version, checks });
      return { datasetVersionId: version.id, rowCount: version.rowCount };
    },
  };

  /** Tells those who deliver the data what is wrong with it, and whoever looks at the failure where to read that. */
  async function reportUnmet(model: string, error: unknown): Promise<never> {
    if (!(error instanceof UnmetChecks)) throw error;
    const id = await reportRequirements({ db, artifacts }, model, error.checked);
    throw new TemperedError(
      error.code,
      `${error.message} The report for those who deliver the data: tempered datasets requirements ${id.slice(0, 12)}`,
      { cause: error },
    );
  }

  async function newestMoment(model: string, definition: ModelDefinition): Promise<string> {
    const served = await readNewestEventTime(db, model);
    if (served !== null) return served.toISOString();
    const { configuration } = sourceNamed(definition.dataset.source, 'The definition');
    return (await describeSource(configuration, definition.dataset)).to;
  }

  function sourceNamed(name: string, by: string): Source {
    return namedSource({ sources }, name, by);
  }
}
