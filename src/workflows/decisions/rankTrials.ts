import type { TuningMetric } from '../../domain/tuning.js';

/** What a trial came to on the rows held out. Not a number (null, on its way out of an activity): it cannot be ranked. */
export interface TrialScore {
  /** From 1, in the order they were drawn. */
  trial: number;
  logLoss: number | null;
  auc: number | null;
}

/** The best first; trials as good as each other in the order they were drawn; without those that have no number. */
export function rankTrials<Score extends TrialScore>(
  scores: readonly Score[],
  metric: TuningMetric,
): Score[] {
  const better = metric === 'auc' ? -1 : 1;
  return scores
    .flatMap((score) => {
      const value = score[metric];
      return value !== null && Number.isFinite(value) ? [{ score, value }] : [];
    })
    .sort((a, b) => better * (a.value - b.value) || a.score.trial - b.score.trial)
    .map(({ score }) => score);
}
