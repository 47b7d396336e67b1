import type { TuningMetric } from '../domain/tuning.js';
import type { RunSummary } from '../store/runSummary.js';
import { table } from './table.js';

const metricNames: Record<TuningMetric, string> = { logLoss: 'heldOutLogLoss', auc: 'heldOutAuc' };

/** The runs of a search: those trained longest first, and among them the best. */
export function trialTable(
  runs: readonly RunSummary[],
  params: readonly string[],
  metric: TuningMetric,
): string {
  const value = ({ metrics }: RunSummary): number => {
    const measured = metrics[metricNames[metric]] ?? Number.NaN;
    if (Number.isNaN(measured)) return Number.POSITIVE_INFINITY;
    return metric === 'auc' ? -measured : measured;
  };
  const tag = ({ tags }: RunSummary, name: string): number => Number(tags[name] ?? 0);
  const sorted = [...runs].sort(
    (a, b) => tag(b, 'rung') - tag(a, 'rung') || value(a) - value(b) || tag(a, 'trial') - tag(b, 'trial'),
  );
  return table(
    ['trial', 'rung', ...params, 'log loss', 'AUC', 'status', 'run'],
    sorted.map((run) => [
      tag(run, 'trial'),
      tag(run, 'rung'),
      ...params.map((param) => JSON.stringify(run.params[param] ?? null)),
      run.metrics['heldOutLogLoss']?.toFixed(4) ?? null,
      run.metrics['heldOutAuc']?.toFixed(4) ?? null,
      run.status,
      run.id.slice(0, 8),
    ]),
  );
}
