import { Context } from '@temporalio/activity';
import { z } from 'zod';
import { recordArtifact } from '../store/artifacts.js';
import { readDatasetVersion } from '../store/datasets.js';
import { readDefinition } from '../store/models.js';
import { readCheckpointSha256, recordCheckpoint } from '../store/runCheckpoints.js';
import { completeRun, readRun } from '../store/runs.js';
import { noResources } from '../training/resources.js';
import { trainInChild } from '../training/trainInChild.js';
import type { GpuDependencies } from './dependencies.js';
import { heartbeating } from './heartbeat.js';
import { recordLiveMetrics } from './liveMetrics.js';
import { trainingJobOf } from './trainingJob.js';

export interface TrainedRun {
  modelSha256: string;
  backend: string;
  /** What would make training faster on that machine, or null. */
  advice: string | null;
  finalLoss: number | null;
  parityMaxAbsoluteDifference: number;
  resumedFromEpoch: number;
  durationMs: number;
}

/** Of the heartbeat of an attempt before (TrainingProgress): what the run cost until then. */
const heartbeatSchema = z
  .object({ resources: z.object({ cpuSeconds: z.number(), gpuSeconds: z.number().nullable() }) })
  .optional();

export function trainingActivities({ db, artifacts }: GpuDependencies) {
  return {
    /**
     * Trains a run in a child process. The newest checkpoint is on record, so an attempt that follows a killed worker
     * goes on from there instead of starting over.
     */
    async trainRun(input: { runId: string }): Promise<TrainedRun> {
      const context = Context.current();
      const run = await readRun(db, input.runId);
      const job = trainingJobOf(run, await readDefinition(db, run.definitionDigest));
      const { parquetSha256 } = await readDatasetVersion(db, run.trainingDatasetId);
      const datasetPath = await artifacts.fetch(parquetSha256);
      const attemptBefore = heartbeatSchema.parse(context.info.heartbeatDetails);
      const checkpointSha256 = await readCheckpointSha256(db, run.id);
      const liveMetrics = recordLiveMetrics(db, run.id);
      const result = await heartbeating((report) =>
        trainInChild(job, {
          datasetPath,
          artifacts,
          checkpointSha256,
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
        }).finally(() => liveMetrics.written()),
      );

      await recordArtifact(db, { sha256: result.modelSha256, bytes: result.modelBytes, kind: 'model' });
      await completeRun(db, run.id, result);
      return {
        modelSha256: result.modelSha256,
        backend: result.environment.backend,
        advice: result.advice,
        finalLoss: result.metrics.findLast((metric) => metric.name === 'loss')?.value ?? null,
        parityMaxAbsoluteDifference: result.parity.maxAbsoluteDifference,
        resumedFromEpoch: result.resumedFromEpoch,
        durationMs: result.durationMs,
      };
    },
  };
}
