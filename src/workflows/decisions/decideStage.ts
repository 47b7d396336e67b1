import type { RolloutPolicy } from '../../domain/modelDefinition.js';
import type { ArmSummary, RolloutDecision, StageEvidence } from '../../domain/rollout.js';
import { meanDifferenceInterval, type Interval } from '../../statistics/interval.js';

/**
 * What to do with a stage, given what was recorded. Guardrails come first: a broken challenger leaves without
 * waiting for outcomes. Then both arms need enough outcomes; without, or while the interval still spans the
 * allowed difference, the stage holds (invariant 5).
 */
export function decideStage(evidence: StageEvidence, policy: RolloutPolicy): RolloutDecision {
  const broken = brokenGuardrail(evidence.challenger, policy.guardrails);
  if (broken !== null) return { action: 'roll-back', reason: broken, logLossDifference: null };

  const missing = missingOutcomes(evidence, policy.minOutcomesPerArm);
  if (missing !== null) return { action: 'hold', reason: missing, logLossDifference: null };

  const difference = logLossDifference(evidence);
  if (difference === null)
    return { action: 'hold', reason: 'the log loss is not known yet', logLossDifference: null };
  const bound = policy.maxLogLossIncrease;
  const found = `log loss against the champion ${describe(difference)}, allowed +${String(bound)}`;
  if (difference.lower > bound) {
    return { action: 'roll-back', reason: `worse: ${found}`, logLossDifference: difference };
  }
  if (difference.upper <= bound) {
    return { action: 'continue', reason: `not worse: ${found}`, logLossDifference: difference };
  }
  return { action: 'hold', reason: `undecided: ${found}`, logLossDifference: difference };
}

function brokenGuardrail(challenger: ArmSummary, guardrails: RolloutPolicy['guardrails']): string | null {
  if (challenger.requests < guardrails.minRequests) return null;
  const errorRate = challenger.failed / challenger.requests;
  if (errorRate > guardrails.maxErrorRate) {
    return `guardrail: ${percent(errorRate)} of the challenger's requests failed, allowed ${percent(guardrails.maxErrorRate)}`;
  }
  const { latencyP99Ms } = challenger;
  if (latencyP99Ms !== null && latencyP99Ms > guardrails.maxLatencyP99Ms) {
    return `guardrail: the challenger's latency p99 is ${latencyP99Ms.toFixed(1)} ms, allowed ${String(guardrails.maxLatencyP99Ms)} ms`;
  }
  return null;
}

function missingOutcomes({ champion, challenger }: StageEvidence, minimum: number): string | null {
  if (champion.outcomes >= minimum && challenger.outcomes >= minimum) return null;
  return `waiting for outcomes: champion ${String(champion.outcomes)}, challenger ${String(challenger.outcomes)} of ${String(minimum)}`;
}

function logLossDifference({ champion, challenger }: StageEvidence): Interval | null {
  const [a, b] = [lossOf(challenger), lossOf(champion)];
  return a === null || b === null ? null : meanDifferenceInterval(a, b);
}

function lossOf({ meanLogLoss, logLossVariance, outcomes }: ArmSummary) {
  if (meanLogLoss === null || logLossVariance === null) return null;
  return { mean: meanLogLoss, variance: logLossVariance, count: outcomes };
}

function describe({ estimate, lower, upper }: Interval): string {
  const signed = (value: number) => (value >= 0 ? '+' : '') + value.toFixed(3);
  return `${signed(estimate)} [${signed(lower)}, ${signed(upper)}]`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
