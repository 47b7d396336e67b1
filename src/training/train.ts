/** One training from snapshot to ONNX, in the process that calls it. It blocks: workers call trainInChild instead. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readColumns } from '../artifacts/columns.js';
import type { ColumnBatch } from '../domain/dataset.js';
import { TemperedError } from '../domain/errors.js';
import type { EpochReport, MetricPoint, TrainingJob } from '../domain/training.js';
import { encodeCheckpoint, readCheckpoint, type Checkpoint } from './checkpoint.js';
import { describeEnvironment } from './environment.js';
import type { DoneMessage, StartMessage, TrainingMessage } from './messages.js';
import { checkParity } from './parity.js';
import { resourcesOfProcess } from './resources.js';
import { trainers } from './trainers/registry.js';
import { openTrainingData } from './trainingData.js';

/** Rows on which the exported graph is compared with the trainer. */
const parityRows = 10_000;

/**
 * @throws TemperedError as `openTrainingData`, `readCheckpoint`, the trainer and `checkParity`
 * @throws the signal's reason when it is aborted
 */
export async function train(
  { job, datasetPath, checkpointPath, trainerFile, directory }: StartMessage,
  send: (message: TrainingMessage) => void,
  signal: AbortSignal,
): Promise<DoneMessage> {
  const { features, target, seed } = job;
  const trainer = await trainers[job.trainer.name]();
  const permuteLabels = job.permuteLabels ? { seed } : null;
  const data = await openTrainingData({ datasetPath, features, target, permuteLabels });
  const before = checkpointPath === null ? null : await readCheckpoint(checkpointPath, job.runId);
  const metrics = before?.metrics ?? [];

  const sendProgress = (progress: EpochReport, epochEnded: boolean) => {
    const resources = resourcesOfProcess(progress.backend);
    send({ kind: 'progress', ...progress, epochEnded, resources });
  };
  const trained = await trainer.train(job.trainer, {
    seed,
    features,
    data,
    file: trainerFile,
    directory,
    resumeFrom: before,
    signal,
    // A loss that is no number is the trainer's to report, at the end of the epoch.
    report: (progress) => {
      if (Object.values(progress.metrics).every(Number.isFinite)) sendProgress(progress, false);
    },
    async checkpoint(done, state) {
      metrics.push(...pointsOf(done.epoch, done.metrics));
      const checkpoint = { format: 2, runId: job.runId, epoch: done.epoch, metrics, state } as const;
      const path = await writeCheckpoint(directory, checkpoint);
      send({ kind: 'checkpoint', epoch: done.epoch, path });
      sendProgress(done, true);
    },
  });

  const modelPath = join(directory, 'model.onnx');
  await writeFile(modelPath, trained.model);
  const batch = await firstRows(datasetPath, job);
  return {
    kind: 'done',
    modelPath,
    outcome: {
      metrics: [...metrics, ...(trained.metrics ?? [])],
      parity: await checkParity(modelPath, features, batch, await trained.score(batch)),
      environment: await describeEnvironment(trained),
      resources: resourcesOfProcess(trained.backend),
      resumedFromEpoch: before?.epoch ?? 0,
      advice: trained.advice ?? null,
    },
  };
}

function pointsOf(step: number, metrics: Record<string, number>): MetricPoint[] {
  return Object.entries(metrics).map(([name, value]) => ({ name, step, value }));
}

async function writeCheckpoint(directory: string, checkpoint: Checkpoint): Promise<string> {
  const path = join(directory, `checkpoint-${checkpoint.epoch}.json`);
  await writeFile(path, encodeCheckpoint(checkpoint));
  return path;
}

async function firstRows(datasetPath: string, { features }: TrainingJob): Promise<ColumnBatch> {
  for await (const batch of readColumns(datasetPath, { features, batchRows: parityRows })) return batch;
  throw new TemperedError('UnusableData', 'The snapshot has no rows to compare the exported graph on.');
}
