import type { MetricPoint } from '../domain/training.js';
import type { Database } from './database.js';

const pointsPerStatement = 1000;

/** Records what a run measured, while it runs or at its end. A step measured again takes the newer value. */
export async function recordMetrics(
  db: Database,
  runId: string,
  points: readonly MetricPoint[],
): Promise<void> {
  for (let start = 0; start < points.length; start += pointsPerStatement) {
    await db('run_metrics')
      .insert(points.slice(start, start + pointsPerStatement).map((point) => ({ run_id: runId, ...point })))
      .onConflict(['run_id', 'name', 'step'])
      .merge();
  }
}
