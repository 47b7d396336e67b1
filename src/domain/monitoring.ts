import type { TimeWindow } from './dataset.js';
import type { Interval } from '../statistics/interval.js';

/** A distribution that windows are compared with. Numbers are a repeatable sample, categories are counts. */
export interface ReferenceProfile {
  rows: number;
  numeric: Record<string, number[]>;
  categorical: Record<string, Record<string, number>>;
  meanLogLoss: number;
  logLossVariance: number;
  positiveRate: number;
}

/** The same, measured on recorded predictions of one window. */
export interface CurrentProfile {
  window: TimeWindow;
  predictions: number;
  numeric: Record<string, number[]>;
  categorical: Record<string, Record<string, number>>;
  outcomes: number;
  meanLogLoss: number | null;
  logLossVariance: number | null;
  positiveRate: number | null;
}

export interface ColumnDrift {
  column: string;
  psi: number;
  ks: { statistic: number; pValue: number } | null;
  drifted: boolean;
}

export type WindowStatus = 'stable' | 'drifted' | 'inconclusive';

/** The finding on one window of one version. */
export interface WindowReport {
  window: TimeWindow;
  status: WindowStatus;
  reason: string;
  predictions: number;
  outcomes: number;
  columns: ColumnDrift[];
  driftedShare: number;
  logLossIncrease: Interval | null;
  positiveRate: number | null;
}
