import type { MonitoringPolicy } from '../../domain/modelDefinition.js';
import type { WindowReport } from '../../domain/monitoring.js';

export interface RetrainingDecision {
  retrain: boolean;
  reason: string;
}

/** Whether a window's finding starts a retraining: once, and not again before the cooldown has passed in event time. */
export function decideRetraining(
  report: WindowReport,
  policy: MonitoringPolicy['retraining'],
  lastRetraining: string | null,
): RetrainingDecision {
  if (report.status !== 'drifted') return { retrain: false, reason: `the window is ${report.status}` };
  if (!policy.enabled) return { retrain: false, reason: 'the definition turns retraining off' };
  if (lastRetraining !== null) {
    const cooldownEnds = Date.parse(lastRetraining) + policy.cooldownHours * 3_600_000;
    if (Date.parse(report.window.to) < cooldownEnds) {
      return { retrain: false, reason: `cooling down until ${new Date(cooldownEnds).toISOString()}` };
    }
  }
  return { retrain: true, reason: report.reason };
}
