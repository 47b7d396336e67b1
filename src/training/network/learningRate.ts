import type { LearningRateSchedule } from '../../domain/trainerDefinition.js';

export interface LearningRateParams {
  learningRate: number;
  learningRateSchedule: LearningRateSchedule;
  epochs: number;
}

/**
 * The learning rate of one batch.
 *
 * @param batch - counted from 0 over the whole training, whatever epoch it is in
 */
export function learningRateOf(params: LearningRateParams, batch: number, batchesPerEpoch: number): number {
  const { learningRate, learningRateSchedule: schedule, epochs } = params;
  const { warmUpEpochs } = schedule;
  // The first batch must not be wasted on a rate of 0.
  const warm = (batch + 1) / batchesPerEpoch / warmUpEpochs;
  if (warm < 1) return learningRate * warm;
  const epochsSince = Math.max(0, batch / batchesPerEpoch - warmUpEpochs);
  switch (schedule.kind) {
    case 'constant':
      return learningRate;
    case 'exponential':
      return learningRate * schedule.decayPerEpoch ** epochsSince;
    case 'step':
      return learningRate * schedule.factor ** Math.floor(epochsSince / schedule.everyEpochs);
    case 'cosine': {
      const falling = Math.max(epochs - warmUpEpochs, 1 / batchesPerEpoch);
      const fallen = (1 - Math.cos(Math.PI * Math.min(1, epochsSince / falling))) / 2;
      return learningRate * (1 - (1 - schedule.finalFraction) * fallen);
    }
  }
}
