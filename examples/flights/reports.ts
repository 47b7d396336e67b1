import Table from 'cli-table3';
import type { ModelLifecycleResult } from 'tempered/workflows';
import type { StepReport } from './journal.js';

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

export function reportBackend({ training }: ModelLifecycleResult): StepReport {
  const result = `TensorFlow.js on ${training.backend}. ${training.advice ?? ''}`;
  return { step: 'Training backend', version: '', result, took: '' };
}

export function reportBaseline({ training }: ModelLifecycleResult): StepReport {
  return {
    step: 'Baseline',
    version: String(training.championVersion),
    result: 'answers the base rate; first champion, so that every version has something to beat',
    took: '',
  };
}

export function reportRetraining({ reason }: ModelLifecycleResult): StepReport {
  return { step: 'Drift', version: '', result: reason, took: '' };
}

/** One line each for training, validation and rollout. */
export function reportLifecycle(name: string, result: ModelLifecycleResult): StepReport[] {
  const { training, validation, rollout, durationsMs } = result;
  const version = String(result.version);
  const lines: StepReport[] = [
    {
      step: name,
      version,
      result: `trained on ${training.trainingRows.toLocaleString('en')} rows, dataset ${training.trainingDatasetId.slice(0, 12)}, parity ${training.parityMaxAbsoluteDifference.toExponential(1)}`,
      took: seconds(durationsMs.training),
    },
    {
      step: '  validation',
      version,
      result: `${validation.verdict} against version ${String(validation.championVersion)}: ${describeChecks(result)}`,
      took: seconds(durationsMs.validation),
    },
  ];
  if (rollout !== null) {
    const switched = `${String(rollout.gateways)} gateway(s) switched in ${String(rollout.switchMs)} ms`;
    lines.push({
      step: '  rollout',
      version,
      result: `${rollout.outcome}: ${rollout.reason}; ${switched}`,
      took: seconds(durationsMs.rollout),
    });
  }
  return lines;
}

function describeChecks({ validation }: ModelLifecycleResult): string {
  const shown = validation.checks.filter((check) => !check.passed || check.criterion.startsWith('AUC'));
  return shown.map(({ criterion, value, bound }) => `${criterion} ${value.toFixed(3)} (${bound})`).join(', ');
}

/** The closing table. */
export function renderReports(reports: readonly StepReport[]): string {
  const table = new Table({
    head: ['step', 'version', 'what happened', 'took'],
    colWidths: [20, 9, 78, 10],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  table.push(...reports.map(({ step, version, result, took }) => [step, version, result, took]));
  return table.toString();
}
