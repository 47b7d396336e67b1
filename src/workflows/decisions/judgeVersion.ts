import type { AcceptanceCriteria } from '../../domain/modelDefinition.js';
import type { CriterionCheck, Evaluation, ValidationReport, Verdict } from '../../domain/validation.js';

/**
 * Holds an evaluation against the definition's acceptance criteria. Too few rows, or a number that could not be
 * measured, is no verdict (invariant 5); otherwise every criterion must pass, and where it compares with the
 * champion, the interval's worse end counts.
 */
export function judgeVersion(evaluation: Evaluation, criteria: AcceptanceCriteria): ValidationReport {
  const checks = [
    atLeast('held-out rows', evaluation.rows, criteria.minRows),
    atLeast('AUC', evaluation.candidate.auc, criteria.minAuc),
    atLeast('AUC against champion (lower end)', evaluation.aucDifference.lower, -criteria.maxAucDecrease),
    atMost(
      'log loss against champion (upper end)',
      evaluation.logLossDifference.upper,
      criteria.maxLogLossIncrease,
    ),
    atMost('calibration error', evaluation.candidate.calibrationError, criteria.maxCalibrationError),
    atMost('one-row latency p99 in ms', evaluation.candidate.latencyP99Ms, criteria.maxLatencyP99Ms),
  ];
  return { verdict: verdictOf(checks, evaluation.rows >= criteria.minRows), checks, evaluation };
}

function verdictOf(checks: readonly CriterionCheck[], enoughRows: boolean): Verdict {
  if (!enoughRows || !checks.every(({ value }) => Number.isFinite(value))) return 'inconclusive';
  return checks.every(({ passed }) => passed) ? 'passed' : 'failed';
}

/** A NaN from an activity arrives as null, which compares like 0: only a finite number passes. */
function atLeast(criterion: string, value: number, bound: number): CriterionCheck {
  return { criterion, bound: `≥ ${String(bound)}`, value, passed: Number.isFinite(value) && value >= bound };
}

function atMost(criterion: string, value: number, bound: number): CriterionCheck {
  return { criterion, bound: `≤ ${String(bound)}`, value, passed: Number.isFinite(value) && value <= bound };
}
