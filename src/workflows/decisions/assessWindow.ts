import type { MonitoringPolicy } from '../../domain/modelDefinition.js';
import type { ColumnDistance, WindowMeasurement, WindowReport } from '../../domain/monitoring.js';

const significance = 0.05;

/**
 * Judges a measured window. Columns can drift without outcomes; but a window is stable only where both its columns
 * and its loss could be measured. Anything less is inconclusive (invariant 5).
 */
export function assessWindow(measurement: WindowMeasurement, policy: MonitoringPolicy): WindowReport {
  const driftedColumns = measurement.columns
    .filter((column) => drifted(column, policy))
    .map(({ column }) => column);
  return { ...measurement, driftedColumns, ...findingOf(measurement, driftedColumns.length, policy) };
}

function findingOf(
  { predictions, outcomes, columns, logLossIncrease }: WindowMeasurement,
  driftedColumns: number,
  policy: MonitoringPolicy,
): Pick<WindowReport, 'status' | 'reason'> {
  const needed = policy.minPredictions;
  if (predictions < needed) {
    return {
      status: 'inconclusive',
      reason: `${String(predictions)} predictions, of ${String(needed)} needed`,
    };
  }
  const loss = outcomes >= needed ? logLossIncrease : null;
  if (loss !== null && loss.lower > policy.maxLogLossIncrease) {
    const rise = `${loss.estimate.toFixed(3)} (at least ${loss.lower.toFixed(3)}, allowed ${String(policy.maxLogLossIncrease)})`;
    return { status: 'drifted', reason: `log loss rose by ${rise}` };
  }
  if (columns.length > 0 && driftedColumns / columns.length >= policy.minDriftedShare) {
    const reason = `${String(driftedColumns)} of ${String(columns.length)} columns drifted`;
    return { status: 'drifted', reason };
  }
  if (loss === null) {
    return { status: 'inconclusive', reason: `${String(outcomes)} outcomes, of ${String(needed)} needed` };
  }
  if (columns.length === 0) return { status: 'inconclusive', reason: 'no column could be compared' };
  return {
    status: 'stable',
    reason: `log loss within bounds; ${String(driftedColumns)} of ${String(columns.length)} columns drifted`,
  };
}

function drifted({ psi, ks }: ColumnDistance, policy: MonitoringPolicy): boolean {
  if (psi >= policy.maxPsi) return true;
  return ks !== null && ks.statistic >= policy.maxKsStatistic && ks.pValue <= significance;
}
