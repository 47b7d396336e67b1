import { parse } from '../domain/parse.js';
import type { MetricPoint, TrainingResult } from '../domain/training.js';
import { trainerSchema } from '../domain/trainerDefinition.js';
import type { TrialParams } from '../domain/tuning.js';
import { readDatasetVersion } from '../store/datasets.js';
import { readDefinition } from '../store/models.js';
import { beginRun, completeRun } from '../store/runs.js';
import { tagRun } from '../store/runTags.js';
import type { GpuDependencies } from './dependencies.js';
import { heartbeating } from './heartbeat.js';
import { qualityOf, scoreHeldOut } from './heldOut.js';
import { trainRecordedRun } from './trainRecordedRun.js';

export interface TrialRequest {
  runId: string;
  model: string;
  definitionDigest: string;
  /** What it is trained on. */
  datasetVersionId: string;
  /** What it is scored on: rows after those. */
  heldOutDatasetId: string;
  /** In place of those of the definition's trainer. */
  params: TrialParams;
  /** Tags, by which the trials of a search are found: `search`, `trial` and `rung`. */
  tags: Record<string, string>;
  workflowId: string;
}

export interface TrialQuality {
  logLoss: number;
  auc: number;
}

export function trialActivities(dependencies: GpuDependencies) {
  const { db, artifacts, inference } = dependencies;
  return {
    /**
     * Trains a trial as a run of its own, and scores it on the rows held out. An attempt that follows a killed worker
     * goes on with the same run from its newest checkpoint.
     */
    async runTrial(input: TrialRequest): Promise<TrialQuality> {
      const { runId, model, definitionDigest } = input;
      const definition = await readDefinition(db, definitionDigest);
      const { name: trainer, ...params } = parse(
        trainerSchema,
        { ...definition.trainer, ...input.params },
        'The trainer of the trial',
      );
      await beginRun(db, {
        id: runId,
        model,
        definitionDigest,
        trainingDatasetId: input.datasetVersionId,
        trainer,
        params,
        seed: definition.seed,
        permutedLabels: false,
        workflowId: input.workflowId,
      });
      await tagRun(db, runId, { set: input.tags, removed: [] });
      return heartbeating(async (report) => {
        const trained = await trainRecordedRun(dependencies, runId, report);
        const { logLoss, auc } = await judge(input, trained);
        const metrics: MetricPoint[] = [
          { name: 'heldOutLogLoss', step: 0, value: logLoss },
          { name: 'heldOutAuc', step: 0, value: auc },
        ];
        await completeRun(db, runId, { ...trained, metrics: [...trained.metrics, ...metrics] });
        return { logLoss, auc };
      });
    },
  };

  async function judge(input: TrialRequest, { modelSha256 }: TrainingResult): Promise<TrialQuality> {
    const definition = await readDefinition(db, input.definitionDigest);
    const { parquetSha256 } = await readDatasetVersion(db, input.heldOutDatasetId);
    const key = `trial/${input.runId}`;
    await inference.load(key, await artifacts.fetch(modelSha256));
    try {
      const scored = await scoreHeldOut(inference, key, await artifacts.fetch(parquetSha256), definition);
      return qualityOf(scored);
    } finally {
      await inference.unload(key);
    }
  }
}
