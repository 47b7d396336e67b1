/** Makes an event of the outbox into what is sent: from the registry's rows as they are now, which never change. */
import { createHash } from 'node:crypto';
import type { DatasetVersion } from '../../domain/dataset.js';
import type { OpenLineageEvent, OpenLineageProducer } from '../../domain/openLineage/event.js';
import {
  datasetEvent,
  trainingEvent,
  validationEvent,
  versionEvent,
  type EventOccasion,
  type ModelFacts,
} from '../../domain/openLineage/subjects.js';
import type { ValidationReport } from '../../domain/validation.js';
import type { Database } from '../database.js';
import { readDatasetVersion } from '../datasets.js';
import { readRunDetails } from '../runDetails.js';
import type { PendingEvent } from './outbox.js';

/** @throws TemperedError `NotFound` where the subject is gone, which the database does not allow */
export async function renderEvent(
  db: Database,
  producer: OpenLineageProducer,
  pending: PendingEvent,
): Promise<OpenLineageEvent> {
  const { type, subject } = pending;
  const occasion = { type, time: pending.occurredAt.toISOString() };
  switch (pending.subjectKind) {
    case 'dataset': {
      const at = { ...occasion, runId: uuidOf(`dataset/${subject}`) };
      return datasetEvent(producer, at, await readDatasetVersion(db, subject));
    }
    case 'run':
      return renderTraining(db, producer, { ...occasion, runId: subject });
    case 'version':
      return renderVersion(db, producer, { ...occasion, runId: uuidOf(`version/${subject}`) }, subject);
    case 'validation':
      return renderValidation(db, producer, { ...occasion, runId: subject });
  }
}

async function renderTraining(db: Database, producer: OpenLineageProducer, occasion: EventOccasion) {
  const run = await readRunDetails(db, occasion.runId);
  const [model, dataset] = await Promise.all([
    readModelFacts(db, run.definitionDigest),
    readDatasetVersion(db, run.trainingDatasetId),
  ]);
  return trainingEvent(producer, occasion, {
    ...run,
    model,
    dataset,
    environment: run.environment === null ? null : { ...run.environment },
    modelSha256: run.artifacts.find(({ name }) => name === 'model')?.sha256 ?? null,
  });
}

interface VersionRow {
  version: number;
  definition_digest: string;
  artifact_sha256: string;
}

async function renderVersion(
  db: Database,
  producer: OpenLineageProducer,
  occasion: EventOccasion,
  trainingRunId: string,
) {
  const row = await requireRow<VersionRow>(db('model_versions').where({ run_id: trainingRunId }));
  return versionEvent(producer, occasion, {
    model: await readModelFacts(db, row.definition_digest),
    version: row.version,
    trainingRunId,
    artifactSha256: row.artifact_sha256,
  });
}

interface ValidationRow {
  version: number;
  champion_version: number;
  report: ValidationReport;
  dataset_id: string;
  reference_profile_sha256: string;
  run_id: string;
  definition_digest: string;
}

async function renderValidation(db: Database, producer: OpenLineageProducer, occasion: EventOccasion) {
  const row = await requireRow<ValidationRow>(
    db('validations')
      .join('model_versions', {
        'model_versions.model': 'validations.model',
        'model_versions.version': 'validations.version',
      })
      .where('validations.id', occasion.runId)
      .select('validations.*', 'model_versions.run_id', 'model_versions.definition_digest'),
  );
  const [model, dataset]: [ModelFacts, DatasetVersion] = await Promise.all([
    readModelFacts(db, row.definition_digest),
    readDatasetVersion(db, row.dataset_id),
  ]);
  return validationEvent(producer, occasion, {
    model,
    dataset,
    version: row.version,
    championVersion: row.champion_version,
    trainingRunId: row.run_id,
    report: row.report,
    referenceProfileSha256: row.reference_profile_sha256,
  });
}

async function readModelFacts(db: Database, definitionDigest: string): Promise<ModelFacts> {
  const row = await requireRow<{ model: string; description: string; owner: string }>(
    db('model_definitions')
      .where({ digest: definitionDigest })
      .select(
        'model',
        db.raw(`definition ->> 'description' as description, definition ->> 'owner' as owner`),
      ),
  );
  return { name: row.model, description: row.description, owner: row.owner };
}

async function requireRow<Row>(query: PromiseLike<Row[]>): Promise<Row> {
  const [row] = await query;
  if (row === undefined) throw new Error('the subject of an OpenLineage event is gone');
  return row;
}

/** OpenLineage names runs by UUID; the same text always gives the same one (version 8: of our own making). */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const variant = '89ab'.charAt(Number.parseInt(hex.charAt(16), 16) % 4);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
