/** An event for each thing that OpenLineage is told of, from facts that never change. */
import type { DatasetVersion } from '../dataset.js';
import type { ValidationReport } from '../validation.js';
import {
  featureViewDataset,
  judgedVersion,
  modelFile,
  modelVersion,
  readSnapshot,
  referenceProfile,
  sourceDataset,
  writtenSnapshot,
} from './datasets.js';
import {
  openLineageEvent,
  type EventContent,
  type Facet,
  type Facets,
  type OpenLineageEvent,
  type OpenLineageEventType,
  type OpenLineageProducer,
} from './event.js';
import { facet, ownRunFacet } from './facets.js';

/** When and what of its subject an event tells. */
export interface EventOccasion {
  type: OpenLineageEventType;
  time: string;
  /** UUID of the run that the subject is or was made by. */
  runId: string;
}

/** A model as it was defined when the subject was made. */
export interface ModelFacts {
  name: string;
  description: string;
  owner: string;
}

export interface TrainingFacts {
  id: string;
  model: ModelFacts;
  dataset: DatasetVersion;
  definitionDigest: string;
  trainer: string;
  params: Record<string, unknown>;
  seed: number;
  tags: Record<string, string>;
  error: string | null;
  /** Each metric at its last step. */
  metrics: Record<string, number>;
  environment: Record<string, unknown> | null;
  cpuSeconds: number | null;
  gpuSeconds: number | null;
  /** The ONNX file it made, or null. */
  modelSha256: string | null;
}

/** The snapshot of a source's rows, with the features that were joined to them. */
export function datasetEvent(
  producer: OpenLineageProducer,
  occasion: EventOccasion,
  dataset: DatasetVersion,
): OpenLineageEvent {
  return event(producer, occasion, {
    job: {
      name: `${dataset.source}.snapshot`,
      facets: jobFacets(producer, 'SNAPSHOT', `Takes immutable snapshots of "${dataset.source}"`),
    },
    inputs: [
      sourceDataset(producer, dataset),
      ...(dataset.featureViews ?? []).map((view) => featureViewDataset(producer, view)),
    ],
    outputs: [writtenSnapshot(producer, dataset)],
  });
}

/** A training run, as far as it has come. */
export function trainingEvent(
  producer: OpenLineageProducer,
  occasion: EventOccasion,
  run: TrainingFacts,
): OpenLineageEvent {
  const tags = Object.entries(run.tags).map(([key, value]) => ({ key, value, source: 'USER' }));
  const began = {
    trainer: run.trainer,
    params: run.params,
    seed: run.seed,
    definitionDigest: run.definitionDigest,
  };
  const { metrics, environment, cpuSeconds, gpuSeconds } = run;
  const ended = occasion.type === 'START' ? {} : { metrics, environment, cpuSeconds, gpuSeconds };
  const failed = occasion.type === 'FAIL' || occasion.type === 'ABORT';
  return event(producer, occasion, {
    runFacets: {
      tempered_run: ownRunFacet(producer, { ...began, ...ended }),
      ...(tags.length === 0 ? {} : { tags: facet(producer, 'tags', { tags }) }),
      ...(failed ? { errorMessage: errorMessage(producer, run.error) } : {}),
    },
    job: modelJob(producer, run.model, 'train', 'TRAINING'),
    inputs: [readSnapshot(producer, run.dataset)],
    outputs:
      occasion.type === 'COMPLETE' && run.modelSha256 !== null
        ? [modelFile(producer, run.model.name, run.modelSha256)]
        : [],
  });
}

/** The registration of what a run made. */
export function versionEvent(
  producer: OpenLineageProducer,
  occasion: EventOccasion,
  version: { model: ModelFacts; version: number; trainingRunId: string; artifactSha256: string },
): OpenLineageEvent {
  const { model, trainingRunId, artifactSha256 } = version;
  return event(producer, occasion, {
    runFacets: { parent: trainingParent(producer, model, trainingRunId) },
    job: modelJob(producer, model, 'register', 'REGISTRATION'),
    inputs: [modelFile(producer, model.name, artifactSha256)],
    outputs: [modelVersion(producer, model.name, version.version)],
  });
}

/** A verdict over a version. It completes whatever the verdict: that is in its facets. */
export function validationEvent(
  producer: OpenLineageProducer,
  occasion: EventOccasion,
  validation: {
    model: ModelFacts;
    version: number;
    championVersion: number;
    trainingRunId: string;
    report: Pick<ValidationReport, 'verdict' | 'checks'>;
    dataset: DatasetVersion;
    referenceProfileSha256: string;
  },
): OpenLineageEvent {
  const { model, version, championVersion, report } = validation;
  return event(producer, occasion, {
    runFacets: {
      parent: trainingParent(producer, model, validation.trainingRunId),
      tempered_validation: ownRunFacet(producer, { verdict: report.verdict, version, championVersion }),
    },
    job: modelJob(producer, model, 'validate', 'VALIDATION'),
    inputs: [
      judgedVersion(producer, model.name, version, report.checks),
      readSnapshot(producer, validation.dataset),
    ],
    outputs: [referenceProfile(producer, model.name, validation.referenceProfileSha256)],
  });
}

function event(
  producer: OpenLineageProducer,
  { type, time, runId }: EventOccasion,
  content: Pick<EventContent, 'job' | 'inputs' | 'outputs'> & { runFacets?: Facets },
): OpenLineageEvent {
  const { version } = producer;
  const engine = { name: 'Tempered', version, openlineageAdapterVersion: version };
  return openLineageEvent(producer, {
    ...content,
    type,
    time,
    runId,
    runFacets: { processing_engine: facet(producer, 'processingEngine', engine), ...content.runFacets },
  });
}

function modelJob(producer: OpenLineageProducer, model: ModelFacts, what: string, jobType: string) {
  return {
    name: `${model.name}.${what}`,
    facets: {
      ...jobFacets(producer, jobType, model.description),
      ownership: facet(producer, 'ownership', { owners: [{ name: model.owner, type: 'OWNER' }] }),
    },
  };
}

function jobFacets(producer: OpenLineageProducer, jobType: string, description: string): Facets {
  return {
    jobType: facet(producer, 'jobType', { processingType: 'BATCH', integration: 'TEMPERED', jobType }),
    documentation: facet(producer, 'jobDocumentation', { description }),
  };
}

/** What was trained is registered and judged because of that training. */
function trainingParent(producer: OpenLineageProducer, model: ModelFacts, trainingRunId: string): Facet {
  const job = { namespace: producer.namespace, name: `${model.name}.train` };
  return facet(producer, 'parent', { run: { runId: trainingRunId }, job });
}

function errorMessage(producer: OpenLineageProducer, message: string | null): Facet {
  return facet(producer, 'errorMessage', {
    message: message ?? 'no reason was recorded',
    programmingLanguage: 'TypeScript',
  });
}
