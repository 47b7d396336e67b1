import type { MonitoringPolicy } from '../../domain/modelDefinition.js';
import type { ColumnDistance, WindowMeasurement, WindowReport } from '../../domain/monitoring.js';

const significance = 0.05;

/** Judges a measured window. Too little traffic is inconclusive, never stable and never drifted (invariant 5). */
export function assessWindow(measurement: WindowMeasurement, policy: MonitoringPolicy): WindowReport {
  const driftedColumns = measurement.columns
    .filter((column) => drifted(column, policy))
    .map(({ column }) => column);
  const report = (status: WindowReport['status'], reason: string): WindowReport => ({
    ...measurement,
    status,
    reason,
    driftedColumns,
  });
  const { predictions, columns, logLossIncrease, outcomes } = measurement;
  if (predictions < policy.minPredictions) {
    return report(
      'inconclusive',
      `${String(predictions)} predictions, of ${String(policy.minPredictions)} needed`,
    );
  }
  if (outcomes >= policy.minPredictions && logLossIncrease !== null) {
    const rise = `log loss rose by ${logLossIncrease.estimate.toFixed(3)} (at least ${logLossIncrease.lower.toFixed(3)}, allowed ${String(policy.maxLogLossIncrease)})`;
    if (logLossIncrease.lower > policy.maxLogLossIncrease) return report('drifted', rise);
  }
  if (columns.length > 0 && driftedColumns.length / columns.length >= policy.minDriftedShare) {
    return report('drifted', `${String(driftedColumns.length)} of ${String(columns.length)} columns drifted`);
  }
  return report('stable', 'neither columns nor loss left their bounds');
}

function drifted({ psi, ks }: ColumnDistance, policy: MonitoringPolicy): boolean {
  if (psi >= policy.maxPsi) return true;
  return ks !== null && ks.statistic >= policy.maxKsStatistic && ks.pValue <= significance;
}
