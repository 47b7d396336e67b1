import type { TimeWindow } from '../domain/dataset.js';
import type { Feature } from '../domain/feature.js';
import type { CurrentProfile } from '../domain/monitoring.js';
import { scoreOutput } from '../domain/tensor.js';
import type { Database } from './database.js';
import { logLossSql } from './stageEvidence.js';

/** Rows from which a window's distributions are measured: enough for PSI and Kolmogorov–Smirnov, bounded in memory. */
const maxSampledRows = 5000;

/** First and newest event time a version answered as champion, or null without traffic. */
export async function readServedRange(
  db: Database,
  model: string,
  version: number,
): Promise<TimeWindow | null> {
  const { rows } = await db.raw<{ rows: { first: Date | null; newest: Date | null }[] }>(
    `select min(event_time) as first, max(event_time) as newest from predictions
      where model = ? and version = ? and arm = 'champion' and status = 'answered'`,
    [model, version],
  );
  const [range] = rows;
  if (!range?.first || !range.newest) return null;
  return { from: range.first.toISOString(), to: range.newest.toISOString() };
}

/** Newest event time of any prediction of a model, or null without traffic. */
export async function readNewestEventTime(db: Database, model: string): Promise<Date | null> {
  const { rows } = await db.raw<{ rows: { newest: Date | null }[] }>(
    `select max(event_time) as newest from predictions where model = ? and status = 'answered'`,
    [model],
  );
  return rows[0]?.newest ?? null;
}

/** What was recorded of a version in one window of event time. */
export async function readWindowProfile(
  db: Database,
  served: { model: string; version: number; features: readonly Feature[]; window: TimeWindow },
): Promise<CurrentProfile> {
  const where = `p.model = ? and p.version = ? and p.status = 'answered' and p.event_time >= ? and p.event_time < ?`;
  const bindings = [served.model, served.version, served.window.from, served.window.to];
  const totals = await db.raw<{ rows: TotalsRow[] }>(
    `select count(*) as predictions, count(o.label) as outcomes, avg(o.label) as positive_rate,
            avg(${logLossSql}) as mean_log_loss, var_samp(${logLossSql}) as log_loss_variance
       from predictions p left join outcomes o on o.prediction_id = p.id
      where ${where}`,
    bindings,
  );
  // Ids are random, so their order is an even sample that is the same at every retry.
  const sample = await db.raw<{ rows: SampleRow[] }>(
    `select p.inputs, p.score from predictions p where ${where} order by md5(p.id::text) limit ${String(maxSampledRows)}`,
    bindings,
  );
  const [row] = totals.rows;
  return {
    window: served.window,
    predictions: row?.predictions ?? 0,
    ...distributions(sample.rows, served.features),
    outcomes: row?.outcomes ?? 0,
    meanLogLoss: row?.mean_log_loss ?? null,
    logLossVariance: row?.log_loss_variance ?? null,
    positiveRate: row?.positive_rate ?? null,
  };
}

interface TotalsRow {
  predictions: number;
  outcomes: number;
  positive_rate: number | null;
  mean_log_loss: number | null;
  log_loss_variance: number | null;
}

interface SampleRow {
  inputs: Record<string, unknown>;
  score: number | null;
}

function distributions(
  rows: SampleRow[],
  features: readonly Feature[],
): Pick<CurrentProfile, 'numeric' | 'categorical'> {
  const numeric: Record<string, number[]> = {
    [scoreOutput]: rows.flatMap((row) => (row.score === null ? [] : [row.score])),
  };
  const categorical: Record<string, Record<string, number>> = {};
  for (const feature of features) {
    const values = rows.map((row) => row.inputs[feature.name]);
    if (feature.kind === 'numeric') {
      numeric[feature.name] = values.filter((value) => typeof value === 'number');
    } else {
      const counts: Record<string, number> = {};
      for (const value of values) counts[String(value)] = (counts[String(value)] ?? 0) + 1;
      categorical[feature.name] = counts;
    }
  }
  return { numeric, categorical };
}
