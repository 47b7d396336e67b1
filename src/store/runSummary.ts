import type { RunStatus } from './runs.js';

/** A run as a list shows it. */
export interface RunSummary {
  id: string;
  model: string;
  trainer: string;
  status: RunStatus;
  params: Record<string, unknown>;
  tags: Record<string, string>;
  /** Each metric at its last step. */
  metrics: Record<string, number>;
  /** The model version it made, or null. */
  version: number | null;
  startedAt: Date;
  endedAt: Date | null;
  cpuSeconds: number | null;
  gpuSeconds: number | null;
  deletedAt: Date | null;
}

export interface RunSummaryRow {
  id: string;
  model: string;
  trainer: string;
  status: RunStatus;
  params: Record<string, unknown>;
  tags: Record<string, string>;
  version: number | null;
  started_at: Date;
  ended_at: Date | null;
  cpu_seconds: number | null;
  gpu_seconds: number | null;
  deleted_at: Date | null;
}

/** Of `runs`, left-joined with `model_versions`. */
export const runSummaryColumns = [
  'runs.id',
  'runs.model',
  'runs.trainer',
  'runs.status',
  'runs.params',
  'runs.tags',
  'model_versions.version',
  'runs.started_at',
  'runs.ended_at',
  'runs.cpu_seconds',
  'runs.gpu_seconds',
  'runs.deleted_at',
] as const;

export function toRunSummary(row: RunSummaryRow, metrics: Record<string, number>): RunSummary {
  return {
    id: row.id,
    model: row.model,
    trainer: row.trainer,
    status: row.status,
    params: row.params,
    tags: row.tags,
    metrics,
    version: row.version,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    cpuSeconds: row.cpu_seconds,
    gpuSeconds: row.gpu_seconds,
    deletedAt: row.deleted_at,
  };
}
