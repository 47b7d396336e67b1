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

/** The value of each metric at its last step, by run. */
export async function readLastMetrics(
  db: Database,
  runIds: readonly string[],
): Promise<Map<string, Record<string, number>>> {
  const rows = await db('run_metrics')
    .whereIn('run_id', runIds)
    .distinctOn('run_id', 'name')
    .orderBy(['run_id', 'name', { column: 'step', order: 'desc' }])
    .select<{ run_id: string; name: string; value: number }[]>('run_id', 'name', 'value');
  const metrics = new Map<string, Record<string, number>>();
  for (const { run_id, name, value } of rows) {
    metrics.set(run_id, { ...metrics.get(run_id), [name]: value });
  }
  return metrics;
}

/** A metric over the steps of a run. */
export interface MetricCurve {
  name: string;
  points: { step: number; value: number }[];
}

/** Longer curves are thinned out evenly, keeping their last step. */
const maxPointsPerCurve = 1000;

/** Every metric of a run, over its steps. */
export async function readMetricCurves(db: Database, runId: string): Promise<MetricCurve[]> {
  const { rows } = await db.raw<{ rows: { name: string; step: number; value: number }[] }>(
    `select name, step, value from (
       select name, step, value, row_number() over curve - 1 as position, count(*) over (partition by name) as points
       from run_metrics where run_id = ? window curve as (partition by name order by step)
     ) as numbered
     where position % ceil(points / ?::numeric) = 0 or position = points - 1
     order by name, step`,
    [runId, maxPointsPerCurve],
  );
  const curves = new Map<string, MetricCurve>();
  for (const { name, step, value } of rows) {
    const curve = curves.get(name) ?? { name, points: [] };
    curve.points.push({ step, value });
    curves.set(name, curve);
  }
  return [...curves.values()];
}
