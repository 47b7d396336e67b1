import { uuid4, workflowInfo, isCancellation } from '@temporalio/workflow';
import { trainModelInputSchema, type TrainModelInput } from '../domain/workflowInput.js';
import { control, gpu } from './activities.js';
import { trainingWindow } from './decisions/planWindows.js';
import { evenIfCancelled, rootMessage, runWorkflow } from './entry.js';

export interface TrainModelResult {
  model: string;
  version: number;
  runId: string;
  championVersion: number;
  trainingDatasetId: string;
  trainingRows: number;
  backend: string;
  /** What would make training faster on that machine, or null. */
  advice: string | null;
  finalLoss: number | null;
  parityMaxAbsoluteDifference: number;
  /** Epoch from which the training went on after its worker was lost; 0 for one in one piece. */
  resumedFromEpoch: number;
  trainingMs: number;
}

/** Snapshot → baseline (the first time) → training → registered version. The version serves nobody yet. */
export async function trainModel(input: TrainModelInput): Promise<TrainModelResult> {
  return runWorkflow(
    'trainModel',
    trainModelInputSchema,
    input,
    async ({ model, asOf, permuteLabels }, status) => {
      const facts = await control.readTrainingFacts({ model, asOf: asOf ?? null });
      const { definitionDigest } = facts;
      const window = trainingWindow(facts);
      status.enter('snapshot', `rows from ${window.from} to ${window.to}`);
      const dataset = await control.snapshotDataset({
        definitionDigest,
        window,
        maxRows: facts.training.maxRows,
      });

      const run = {
        model,
        definitionDigest,
        datasetVersionId: dataset.datasetVersionId,
        workflowId: workflowInfo().workflowId,
      };
      status.enter('baseline', 'making sure that something serves');
      const { championVersion } = await control.ensureBaseline({ ...run, runId: uuid4() });

      const runId = uuid4();
      await control.beginRun({ ...run, runId, permuteLabels });
      status.enter('training', `run ${runId} on ${String(dataset.rowCount)} rows`);
      const trained = await train(runId);

      status.enter('registration', `artifact ${trained.modelSha256}`);
      const { version } = await control.registerVersion({ runId, modelSha256: trained.modelSha256 });
      status.setVersion(version);
      status.enter('done', `registered as version ${String(version)}; it serves nobody yet`);
      return {
        model,
        version,
        runId,
        championVersion,
        trainingDatasetId: dataset.datasetVersionId,
        trainingRows: dataset.rowCount,
        backend: trained.backend,
        advice: trained.advice,
        finalLoss: trained.finalLoss,
        parityMaxAbsoluteDifference: trained.parityMaxAbsoluteDifference,
        resumedFromEpoch: trained.resumedFromEpoch,
        trainingMs: trained.durationMs,
      };
    },
  );
}

async function train(runId: string) {
  try {
    return await gpu.trainRun({ runId });
  } catch (error) {
    const status = isCancellation(error) ? 'cancelled' : 'failed';
    await evenIfCancelled(() => control.abandonRun({ runId, status, error: rootMessage(error) }));
    throw error;
  }
}
