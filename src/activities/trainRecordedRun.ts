import { Context } from '@temporalio/activity';
import { z } from 'zod';
import type { TrainingResult } from '../domain/training.js';
import { readDatasetVersion } from '../store/datasets.js';
import { readDefinition } from '../store/models.js';
import { readCheckpointSha256, recordCheckpoint } from '../store/runCheckpoints.js';
import { readRun } from '../store/runs.js';
import { noResources } from '../training/resources.js';
import { trainInChild } from '../training/trainInChild.js';
import type { GpuDependencies } from './dependencies.js';
import { keepArtifact } from './keepArtifact.js';
import { recordLiveMetrics } from './liveMetrics.js';
import { assertSawNothingLater, trainingJobOf } from './trainingJob.js';

/** Of the heartbeat of an attempt before (TrainingProgress): what the run cost until then. */
const heartbeatSchema = z
  .object({ resources: z.object({ cpuSeconds: z.number(), gpuSeconds: z.number().nullable() }) })
  .optional();

/**
 * Trains a run that has begun, in a child process, and keeps its model. The newest checkpoint is on record, so an
 * attempt that follows a killed worker goes on from there instead of starting over. The caller closes the run.
 *
 * @param report - heartbeats what it is given
 */
export async function trainRecordedRun(
  { db, artifacts, trainerModules }: GpuDependencies,
  runId: string,
  report: (details: unknown) => void,
): Promise<TrainingResult> {
  const context = Context.current();
  const run = await readRun(db, runId);
  const job = trainingJobOf(run, await readDefinition(db, run.definitionDigest));
  const { parquetSha256, window } = await readDatasetVersion(db, run.trainingDatasetId);
  assertSawNothingLater(job.trainer, window);
  const attemptBefore = heartbeatSchema.parse(context.info.heartbeatDetails);
  const liveMetrics = recordLiveMetrics(db, run.id);
  const result = await trainInChild(job, {
    datasetPath: await artifacts.fetch(parquetSha256),
    artifacts,
    trainerModules,
    checkpointSha256: await readCheckpointSha256(db, run.id),
    spentBefore: attemptBefore?.resources ?? noResources,
    signal: context.cancellationSignal,
    onCheckpoint: (checkpoint) => recordCheckpoint(db, { runId: run.id, ...checkpoint }),
    onProgress: (progress) => {
      report(progress);
      if (!progress.epochEnded) return;
      for (const [name, value] of Object.entries(progress.metrics)) {
        liveMetrics.add({ name, step: progress.epoch, value });
      }
    },
  }).finally(() => liveMetrics.written());
  await keepArtifact(
    { db, artifacts },
    { sha256: result.modelSha256, bytes: result.modelBytes, kind: 'model' },
  );
  return result;
}
