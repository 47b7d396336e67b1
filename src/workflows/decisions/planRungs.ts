import type { TrialParams, Tuning } from '../../domain/tuning.js';

/** A stage of a search, in which its trials are trained alike long. */
export interface Rung {
  /** At most so many trials. */
  trials: number;
  /** Parameters that the rung sets for each of its trials. */
  params: TrialParams;
}

/**
 * The rungs of a search over so many trials: one for random search. For successive halving each is trained
 * `keepOneIn` times as long as the one before, by the one in `keepOneIn` that did best there; the last is trained in full.
 */
export function planRungs(tuning: Tuning, trials: number): Rung[] {
  if (tuning.method === 'random') return [{ trials, params: {} }];
  const { resource, keepOneIn } = tuning;
  const amounts: number[] = [];
  for (let amount = resource.to; amount >= resource.from; amount = Math.floor(amount / keepOneIn)) {
    amounts.unshift(amount);
  }
  const rungs = amounts.map((amount, i) => ({
    trials: Math.max(1, Math.floor(trials / keepOneIn ** i)),
    params: { [resource.param]: amount },
  }));
  // A rung of one trial decides nothing, so that trial goes on to the last at once.
  return rungs.filter((rung, i) => rung.trials > 1 || i === rungs.length - 1);
}
