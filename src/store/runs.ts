import type { MetricPoint, ParityReport, ResourceUsage, RunEnvironment } from '../domain/training.js';
import { TemperedError } from '../domain/errors.js';
import type { Database } from './database.js';
import { recordRunArtifact } from './runArtifacts.js';
import { recordMetrics } from './runMetrics.js';

export type RunStatus = 'running' | 'succeeded' | 'failed' | 'cancelled';

export interface Run {
  id: string;
  model: string;
  definitionDigest: string;
  trainingDatasetId: string;
  trainer: string;
  params: Record<string, unknown>;
  seed: number;
  permutedLabels: boolean;
  workflowId: string;
}

interface RunRow {
  id: string;
  model: string;
  definition_digest: string;
  training_dataset_id: string;
  trainer: string;
  params: Record<string, unknown>;
  seed: number;
  permuted_labels: boolean;
  workflow_id: string;
}

/** Records that a run began. Its id is the caller's key: beginning the same run again changes nothing. */
export async function beginRun(db: Database, run: Run): Promise<void> {
  await db('runs')
    .insert({
      id: run.id,
      model: run.model,
      definition_digest: run.definitionDigest,
      training_dataset_id: run.trainingDatasetId,
      trainer: run.trainer,
      params: JSON.stringify(run.params),
      seed: run.seed,
      permuted_labels: run.permutedLabels,
      workflow_id: run.workflowId,
      status: 'running',
    })
    .onConflict('id')
    .ignore();
}

/** @throws TemperedError `NotFound` */
export async function readRun(db: Database, id: string): Promise<Run> {
  const row = await db<RunRow>('runs').where({ id }).first();
  if (row === undefined) throw new TemperedError('NotFound', `There is no run ${id}.`);
  return {
    id: row.id,
    model: row.model,
    definitionDigest: row.definition_digest,
    trainingDatasetId: row.training_dataset_id,
    trainer: row.trainer,
    params: row.params,
    seed: row.seed,
    permutedLabels: row.permuted_labels,
    workflowId: row.workflow_id,
  };
}

export interface RunResult {
  modelSha256: string;
  metrics: MetricPoint[];
  parity: ParityReport | null;
  environment: RunEnvironment | null;
  /** Null where it was too little to measure. */
  resources: ResourceUsage | null;
}

/** Closes a run that made a model, with everything it measured. A run that already ended stays as it is. */
export async function completeRun(db: Database, id: string, result: RunResult): Promise<void> {
  await db.transaction(async (transaction) => {
    const updated = await transaction('runs')
      .where({ id, status: 'running' })
      .update({
        status: 'succeeded',
        environment: result.environment === null ? null : JSON.stringify(result.environment),
        parity: result.parity === null ? null : JSON.stringify(result.parity),
        cpu_seconds: result.resources?.cpuSeconds ?? null,
        gpu_seconds: result.resources?.gpuSeconds ?? null,
        ended_at: transaction.fn.now(),
      });
    if (updated === 0) return;
    await recordMetrics(transaction, id, result.metrics);
    await recordRunArtifact(transaction, { runId: id, name: 'model', sha256: result.modelSha256 });
  });
}

/** Closes a run that made no model. A run that already ended stays as it is. */
export async function abandonRun(
  db: Database,
  id: string,
  status: Extract<RunStatus, 'failed' | 'cancelled'>,
  error: string,
): Promise<void> {
  await db('runs').where({ id, status: 'running' }).update({ status, error, ended_at: db.fn.now() });
}
