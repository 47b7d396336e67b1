import type { TimeWindow } from '../domain/dataset.js';
import type { WindowReport, WindowStatus } from '../domain/monitoring.js';
import type { Database } from './database.js';

export interface MonitoringWindow {
  model: string;
  version: number;
  status: WindowStatus;
  report: WindowReport;
  createdAt: Date;
}

interface WindowRow {
  model: string;
  version: number;
  window_from: Date;
  window_to: Date;
  status: WindowStatus;
  report: WindowReport;
  created_at: Date;
}

export interface Retraining {
  id: string;
  model: string;
  championVersion: number;
  window: TimeWindow;
  reason: string;
  workflowId: string;
}

/** Records the finding on one window. Recording it again changes nothing. */
export async function recordWindow(
  db: Database,
  model: string,
  version: number,
  report: WindowReport,
): Promise<void> {
  await db('monitoring_windows')
    .insert({
      model,
      version,
      window_from: report.window.from,
      window_to: report.window.to,
      status: report.status,
      report: JSON.stringify(report),
    })
    .onConflict(['model', 'version', 'window_from'])
    .ignore();
}

/** The newest windows of a model first. */
export async function listWindows(
  db: Database,
  model: string,
  { limit = 20 }: { limit?: number } = {},
): Promise<MonitoringWindow[]> {
  const rows = await db<WindowRow>('monitoring_windows')
    .where({ model })
    .orderBy([
      { column: 'window_from', order: 'desc' },
      { column: 'version', order: 'desc' },
    ])
    .limit(limit);
  return rows.map((row) => ({
    model: row.model,
    version: row.version,
    status: row.status,
    report: row.report,
    createdAt: row.created_at,
  }));
}

/** End of the newest window recorded for a version, or null. */
export async function readLastWindowEnd(db: Database, model: string, version: number): Promise<Date | null> {
  const row = await db<WindowRow>('monitoring_windows')
    .where({ model, version })
    .orderBy('window_from', 'desc')
    .first('window_to');
  return row?.window_to ?? null;
}

/** The newest window of a version that drifted, or null. */
export async function readNewestDrift(
  db: Database,
  model: string,
  version: number,
): Promise<WindowReport | null> {
  const row = await db<WindowRow>('monitoring_windows')
    .where({ model, version, status: 'drifted' })
    .orderBy('window_from', 'desc')
    .first('report');
  return row?.report ?? null;
}

/** Records that a window's drift starts a retraining. Recording it again changes nothing. */
export async function recordRetraining(db: Database, retraining: Retraining): Promise<void> {
  await db('retrainings')
    .insert({
      id: retraining.id,
      model: retraining.model,
      champion_version: retraining.championVersion,
      window_from: retraining.window.from,
      window_to: retraining.window.to,
      reason: retraining.reason,
      workflow_id: retraining.workflowId,
    })
    .onConflict()
    .ignore();
}

/** End of the window that started the newest retraining of a model, or null. */
export async function readLastRetraining(db: Database, model: string): Promise<Date | null> {
  const row = await db<{ model: string; window_to: Date }>('retrainings')
    .where({ model })
    .orderBy('window_to', 'desc')
    .first('window_to');
  return row?.window_to ?? null;
}
