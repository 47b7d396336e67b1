import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tuningSchema } from '../../../src/domain/tuning.js';
import { planRungs } from '../../../src/workflows/decisions/planRungs.js';

const halving = (from: number, to: number, keepOneIn = 3) =>
  tuningSchema.parse({
    method: 'successive-halving',
    holdOutDays: 1,
    space: { learningRate: { uniform: [0.1, 0.2] } },
    resource: { param: 'epochs', from, to },
    keepOneIn,
  });

describe('the rungs of a search', () => {
  it('is one for random search, in which every trial is trained in full', () => {
    const random = tuningSchema.parse({
      method: 'random',
      holdOutDays: 1,
      space: { learningRate: { uniform: [0.1, 0.2] } },
    });
    assert.deepEqual(planRungs(random, 20), [{ trials: 20, params: {} }]);
  });

  it('trains a third as many trials three times as long', () => {
    assert.deepEqual(planRungs(halving(1, 9), 27), [
      { trials: 27, params: { epochs: 1 } },
      { trials: 9, params: { epochs: 3 } },
      { trials: 3, params: { epochs: 9 } },
    ]);
  });

  it('ends with the full amount also where that is no power, and never begins below the least', () => {
    const amounts = planRungs(halving(2, 20), 27).map(({ params }) => params['epochs']);
    assert.deepEqual(amounts, [2, 6, 20]);
  });

  it('has no rung that decides nothing', () => {
    assert.deepEqual(planRungs(halving(1, 8, 2), 3), [
      { trials: 3, params: { epochs: 1 } },
      { trials: 1, params: { epochs: 8 } },
    ]);
    assert.deepEqual(planRungs(halving(1, 9), 1), [{ trials: 1, params: { epochs: 9 } }]);
  });
});
