import { z } from 'zod';
import type { TimeWindow } from './dataset.js';
import type { Interval } from '../statistics/interval.js';

/** A distribution that windows are compared with. Numbers are a repeatable sample, categories are counts. */
export const referenceProfileSchema = z.object({
  rows: z.number(),
  numeric: z.record(z.string(), z.array(z.number())),
  categorical: z.record(z.string(), z.record(z.string(), z.number())),
  meanLogLoss: z.number(),
  logLossVariance: z.number(),
  positiveRate: z.number(),
});
export type ReferenceProfile = z.output<typeof referenceProfileSchema>;

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

/** How far one column of a window lies from its reference. */
export interface ColumnDistance {
  column: string;
  psi: number;
  ks: { statistic: number; pValue: number } | null;
}

/** What was measured of one window of one version; no judgement yet. */
export interface WindowMeasurement {
  window: TimeWindow;
  predictions: number;
  outcomes: number;
  columns: ColumnDistance[];
  /** Mean log loss, window − reference; null without outcomes. */
  logLossIncrease: Interval | null;
  positiveRate: number | null;
}

export type WindowStatus = 'stable' | 'drifted' | 'inconclusive';

/** The finding on one window. */
export interface WindowReport extends WindowMeasurement {
  status: WindowStatus;
  reason: string;
  driftedColumns: string[];
}
