import type { MonitoringPolicy } from '../../domain/modelDefinition.js';
import type { WindowReport } from '../../domain/monitoring.js';

export interface RetrainingDecision {
  retrain: boolean;
  reason: string;
}

/**
 * Whether the newest window that drifted starts a retraining: once, and not again before the cooldown has passed in
 * event time. A window whose retraining could not start yet (another lifecycle was under way) is decided on again.
 */
export function decideRetraining(
  drift: WindowReport | null,
  policy: Pick<MonitoringPolicy['retraining'], 'enabled' | 'cooldownHours'>,
  lastRetraining: string | null,
): RetrainingDecision {
  if (drift === null) return { retrain: false, reason: 'no window has drifted' };
  if (!policy.enabled) return { retrain: false, reason: 'the definition turns retraining off' };
  if (lastRetraining !== null) {
    const [driftedMs, answeredMs] = [Date.parse(drift.window.to), Date.parse(lastRetraining)];
    if (driftedMs <= answeredMs) return { retrain: false, reason: 'a retraining has answered it' };
    const cooldownEndsMs = answeredMs + policy.cooldownHours * 3_600_000;
    if (driftedMs < cooldownEndsMs) {
      return { retrain: false, reason: `cooling down until ${new Date(cooldownEndsMs).toISOString()}` };
    }
  }
  return { retrain: true, reason: drift.reason };
}
