import type { EarlyStopping } from '../../domain/trainerDefinition.js';

/** The best epoch so far, by its loss on the rows held out. */
export interface BestEpoch {
  epoch: number;
  validationLoss: number;
}

export function isBetter(
  validationLoss: number,
  best: BestEpoch | null,
  { minDelta }: EarlyStopping,
): boolean {
  return best === null || validationLoss < best.validationLoss - minDelta;
}

export function shouldStop(epoch: number, best: BestEpoch, { patience }: EarlyStopping): boolean {
  return epoch - best.epoch >= patience;
}
