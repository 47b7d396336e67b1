import { completeRun } from '../store/runs.js';
import type { GpuDependencies } from './dependencies.js';
import { heartbeating } from './heartbeat.js';
import { trainRecordedRun } from './trainRecordedRun.js';

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

export function trainingActivities(dependencies: GpuDependencies) {
  return {
    /** Trains a run, and closes it with what it made and measured. */
    async trainRun({ runId }: { runId: string }): Promise<TrainedRun> {
      const result = await heartbeating((report) => trainRecordedRun(dependencies, runId, report));
      await completeRun(dependencies.db, runId, result);
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
