import { TemperedError } from '../domain/errors.js';
import type { MetricPoint, RunEnvironment } from '../domain/training.js';
import type { Database } from './database.js';
import type { RunStatus } from './runs.js';

/** What a run came to. */
export interface RunOutcome {
  status: RunStatus;
  /** Null where nothing but arithmetic was involved, and for a run that made no model. */
  environment: RunEnvironment | null;
  /** Null for a run that made no model. */
  modelSha256: string | null;
  metrics: MetricPoint[];
}

interface OutcomeRow {
  status: RunStatus;
  environment: RunEnvironment | null;
  model_sha256: string | null;
}

/** @throws TemperedError `NotFound` */
export async function readRunOutcome(db: Database, id: string): Promise<RunOutcome> {
  const row = await db('runs')
    .leftJoin('run_artifacts', (on) =>
      on.on('run_artifacts.run_id', 'runs.id').andOnVal('run_artifacts.name', 'model'),
    )
    .where('runs.id', id)
    .first<OutcomeRow | undefined>(
      'runs.status',
      'runs.environment',
      'run_artifacts.artifact_sha256 as model_sha256',
    );
  if (row === undefined) throw new TemperedError('NotFound', `There is no run ${id}.`);
  const metrics = await db('run_metrics')
    .where({ run_id: id })
    .orderBy(['name', 'step'])
    .select<MetricPoint[]>('name', 'step', 'value');
  return { status: row.status, environment: row.environment, modelSha256: row.model_sha256, metrics };
}
