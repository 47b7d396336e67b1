import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { logisticSchema } from '../../../src/domain/trainerDefinition.js';
import { learningRateOf } from '../../../src/training/network/learningRate.js';
import { assertClose } from '../../statistics/assertClose.js';

const batchesPerEpoch = 10;

/** The rate at the first batch of each epoch, for a base rate of 1 over four epochs. */
function ratesOf(learningRateSchedule: unknown): number[] {
  const params = logisticSchema.parse({ name: 'logistic', epochs: 4, learningRate: 1, learningRateSchedule });
  return [0, 1, 2, 3, 4].map((epoch) => learningRateOf(params, epoch * batchesPerEpoch, batchesPerEpoch));
}

function assertRates(schedule: unknown, expected: number[]): void {
  const rates = ratesOf(schedule);
  expected.forEach((rate, epoch) => assertClose(rates[epoch] ?? Number.NaN, rate));
}

describe('the learning rate', () => {
  it('stays, decays smoothly or in steps, or falls along a cosine', () => {
    assertRates({ kind: 'constant' }, [1, 1, 1, 1]);
    assertRates({ kind: 'exponential', decayPerEpoch: 0.5 }, [1, 0.5, 0.25, 0.125]);
    assertRates({ kind: 'step', everyEpochs: 2, factor: 0.1 }, [1, 1, 0.1, 0.1]);
    const cosine = [1, 0.5 + Math.SQRT1_2 / 2, 0.5, 0.5 - Math.SQRT1_2 / 2, 0];
    assertRates({ kind: 'cosine' }, cosine);
    assertRates(
      { kind: 'cosine', finalFraction: 0.2 },
      cosine.map((rate) => 0.2 + 0.8 * rate),
    );
  });

  it('rises from the first batch on while it warms up, and starts its schedule then', () => {
    assertRates({ kind: 'step', everyEpochs: 1, factor: 0.5, warmUpEpochs: 2 }, [0.05, 0.55, 1, 0.5, 0.25]);
    assertRates({ kind: 'cosine', warmUpEpochs: 2 }, [0.05, 0.55, 1, 0.5, 0]);
    assertRates({ kind: 'cosine', warmUpEpochs: 4 }, [0.025, 0.275, 0.525, 0.775, 1]);
    assert.ok(ratesOf({ kind: 'constant', warmUpEpochs: 9 }).every((rate) => rate < 0.5));
  });
});
