import type { AcceptanceCriteria } from '../../domain/modelDefinition.js';
import type { CriterionCheck, Evaluation, ValidationReport } from '../../domain/validation.js';

/**
 * Holds an evaluation against the definition's acceptance criteria. Too few rows is no verdict (invariant 5);
 * otherwise every criterion must pass, and where it compares with the champion, the interval's worse end counts.
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
  const enoughRows = checks[0]?.passed === true;
  const verdict = !enoughRows ? 'inconclusive' : checks.every((check) => check.passed) ? 'passed' : 'failed';
  return { verdict, checks, evaluation };
}

function atLeast(criterion: string, value: number, bound: number): CriterionCheck {
  return { criterion, bound: `≥ ${String(bound)}`, value, passed: value >= bound };
}

function atMost(criterion: string, value: number, bound: number): CriterionCheck {
  return { criterion, bound: `≤ ${String(bound)}`, value, passed: value <= bound };
}
