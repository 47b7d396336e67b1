/**
 * Trains a run again from its lineage: the dataset version by its hash, the definition by its digest, the recorded
 * trainer, parameters, seed and back end.
 *
 * Invariant: registers nothing and leaves nothing behind. Checkpoints and the model go to a store of their own in a
 * folder that is removed.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trainingJobOf } from '../activities/trainingJob.js';
import { openFileSystemArtifactStore } from '../artifacts/fileSystem.js';
import type { ArtifactStore } from '../artifacts/store.js';
import { TemperedError } from '../domain/errors.js';
import type { ModelDefinition } from '../domain/modelDefinition.js';
import {
  tensorFlowBackends,
  type MetricPoint,
  type RunEnvironment,
  type TrainingProgress,
} from '../domain/training.js';
import type { Database } from '../store/database.js';
import { readDatasetVersion } from '../store/datasets.js';
import { readDefinition } from '../store/models.js';
import { readRunOutcome, type RunOutcome } from '../store/runOutcome.js';
import { readRun, type Run } from '../store/runs.js';
import { trainBaseRate } from '../training/baseRate.js';
import { compareEnvironments } from '../training/reproduction/compareEnvironments.js';
import { compareGraphs } from '../training/reproduction/compareGraphs.js';
import { compareMetrics } from '../training/reproduction/compareMetrics.js';
import { noResources } from '../training/resources.js';
import { trainInChild } from '../training/trainInChild.js';

export interface ReproductionOptions {
  db: Database;
  /** Where the dataset and the recorded model are; nothing is written to it. */
  artifacts: ArtifactStore;
  /** The user's own trainers: name → path of an ES module. */
  trainerModules?: Readonly<Record<string, string>>;
  /** Ends the training when aborted. */
  signal: AbortSignal;
  onProgress: (progress: TrainingProgress) => void;
}

export interface Reproduction {
  run: Run;
  trainingRows: number;
  recordedSha256: string;
  modelSha256: string;
  /** What computed the new model; null for a base rate, which is mere counting. */
  environment: RunEnvironment | null;
  /** Whether both models have the same bytes. */
  identical: boolean;
  /** Of the two models, metrics and environments, one line each. */
  differences: string[];
}

/**
 * @throws TemperedError `NotFound`; `Conflict` for a run that made no model; `CorruptArtifact` for a damaged dataset;
 *   `Unavailable` where the run's back end is not here; and as `trainInChild`
 */
export async function reproduceRun(runId: string, options: ReproductionOptions): Promise<Reproduction> {
  const { db, artifacts } = options;
  const run = await readRun(db, runId);
  const recorded = await readRunOutcome(db, runId);
  const recordedSha256 = modelOf(run, recorded);
  const definition = await readDefinition(db, run.definitionDigest);
  const dataset = await readDatasetVersion(db, run.trainingDatasetId);
  const datasetPath = await artifacts.fetch(dataset.parquetSha256);
  const directory = await mkdtemp(join(tmpdir(), 'tempered-reproduction-'));
  try {
    const clean = openFileSystemArtifactStore(directory);
    const again = await train(run, recorded, { ...options, definition, datasetPath, artifacts: clean });
    const identical = again.modelSha256 === recordedSha256;
    return {
      run,
      trainingRows: dataset.rowCount,
      recordedSha256,
      modelSha256: again.modelSha256,
      environment: again.environment,
      identical,
      differences: [
        ...(identical ? [] : [await compareModels(artifacts, recordedSha256, clean, again.modelSha256)]),
        ...compareMetrics(recorded.metrics, again.metrics),
        ...(recorded.environment === null || again.environment === null
          ? []
          : compareEnvironments(recorded.environment, again.environment)),
      ],
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function modelOf(run: Run, { status, modelSha256 }: RunOutcome): string {
  if (modelSha256 !== null) return modelSha256;
  throw new TemperedError(
    'Conflict',
    `Run ${run.id} is "${status}" and made no model, so there is nothing to compare with. Choose a run that succeeded.`,
  );
}

interface TrainedAgain {
  modelSha256: string;
  metrics: MetricPoint[];
  environment: RunEnvironment | null;
}

async function train(
  run: Run,
  recorded: RunOutcome,
  request: ReproductionOptions & { definition: ModelDefinition; datasetPath: string },
): Promise<TrainedAgain> {
  const { definition, datasetPath, artifacts, trainerModules, signal, onProgress } = request;
  if (run.trainer === 'base-rate') {
    const { features, dataset } = definition;
    const { rate, modelBytes } = await trainBaseRate({ datasetPath, features, target: dataset.target });
    const { sha256 } = await artifacts.putBytes(modelBytes);
    return {
      modelSha256: sha256,
      metrics: [{ name: 'base-rate', step: 0, value: rate }],
      environment: null,
    };
  }
  return trainInChild(trainingJobOf(run, definition), {
    datasetPath,
    artifacts,
    trainerModules,
    checkpointSha256: null,
    spentBefore: noResources,
    environment: recorded.environment === null ? {} : settingsFor(recorded.environment),
    signal,
    onProgress,
  });
}

/** What a training process must be told to compute as the recorded one did; other engines have no choice to make. */
function settingsFor({ backend, threads }: RunEnvironment): Record<string, string> {
  const backends: readonly string[] = tensorFlowBackends;
  if (!backends.includes(backend)) return {};
  return { TEMPERED_TENSORFLOW_BACKEND: backend, TEMPERED_TENSORFLOW_THREADS: String(threads ?? 1) };
}

async function compareModels(
  artifacts: ArtifactStore,
  recordedSha256: string,
  clean: ArtifactStore,
  modelSha256: string,
): Promise<string> {
  const [recorded, now] = await Promise.all([artifacts.fetch(recordedSha256), clean.fetch(modelSha256)]);
  return compareGraphs(await readFile(recorded), await readFile(now));
}
