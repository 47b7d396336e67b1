import { TemperedError } from '../domain/errors.js';
import type { ParityReport, RunEnvironment } from '../domain/training.js';
import type { Database } from './database.js';
import { listRunArtifacts, type RunArtifact } from './runArtifacts.js';
import { readMetricCurves, type MetricCurve } from './runMetrics.js';
import { runSummaryColumns, toRunSummary, type RunSummary, type RunSummaryRow } from './runSummary.js';

/** All that is known of one run. */
export interface RunDetails extends RunSummary {
  definitionDigest: string;
  trainingDatasetId: string;
  seed: number;
  permutedLabels: boolean;
  workflowId: string;
  error: string | null;
  environment: RunEnvironment | null;
  parity: ParityReport | null;
  deletedBy: string | null;
  curves: MetricCurve[];
  artifacts: RunArtifact[];
}

interface RunDetailsRow extends RunSummaryRow {
  definition_digest: string;
  training_dataset_id: string;
  seed: number;
  permuted_labels: boolean;
  workflow_id: string;
  error: string | null;
  environment: RunEnvironment | null;
  parity: ParityReport | null;
  deleted_by: string | null;
}

/** @throws TemperedError `NotFound` */
export async function readRunDetails(db: Database, id: string): Promise<RunDetails> {
  const [row, curves, artifacts] = await Promise.all([
    db('runs')
      .leftJoin('model_versions', 'model_versions.run_id', 'runs.id')
      .where('runs.id', id)
      .first<RunDetailsRow | undefined>('runs.*', ...runSummaryColumns),
    readMetricCurves(db, id),
    listRunArtifacts(db, id),
  ]);
  if (row === undefined) throw new TemperedError('NotFound', `There is no run ${id}.`);
  const metrics = Object.fromEntries(curves.map(({ name, points }) => [name, points.at(-1)?.value ?? 0]));
  return {
    ...toRunSummary(row, metrics),
    definitionDigest: row.definition_digest,
    trainingDatasetId: row.training_dataset_id,
    seed: row.seed,
    permutedLabels: row.permuted_labels,
    workflowId: row.workflow_id,
    error: row.error,
    environment: row.environment,
    parity: row.parity,
    deletedBy: row.deleted_by,
    curves,
    artifacts,
  };
}
