import type { Interval } from '../statistics/interval.js';

/** What was recorded of one arm during a stage. */
export interface ArmSummary {
  version: number;
  /** Answered and failed requests (a caller's own mistakes do not count). */
  requests: number;
  failed: number;
  latencyP99Ms: number | null;
  /** Predictions whose outcome has arrived. */
  outcomes: number;
  meanLogLoss: number | null;
  /** Sample variance of the log loss; null under two outcomes. */
  logLossVariance: number | null;
}

/** Everything a rollout decision rests on. */
export interface StageEvidence {
  champion: ArmSummary;
  challenger: ArmSummary;
}

export type RolloutAction = 'continue' | 'hold' | 'roll-back';

export interface RolloutDecision {
  action: RolloutAction;
  reason: string;
  /** Challenger − champion in mean log loss, where both arms have enough outcomes. */
  logLossDifference: Interval | null;
}

export type RolloutOutcome = 'promoted' | 'rolled-back';
