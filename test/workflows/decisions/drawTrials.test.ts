import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SearchSpace } from '../../../src/domain/tuning.js';
import { drawTrials } from '../../../src/workflows/decisions/drawTrials.js';

const space: SearchSpace = {
  learningRate: { logUniform: [0.001, 1] },
  hiddenUnits: { choice: [[8], [16, 8]] },
  epochs: { integer: [2, 4] },
  momentum: { uniform: [0.5, 0.9] },
};

describe('what a search draws', () => {
  it('is the same for the same seed, whatever the order of the parameters, and another for another seed', () => {
    const drawn = drawTrials(space, { trials: 30, seed: 7 });
    assert.equal(drawn.length, 30);
    const reversed = Object.fromEntries(Object.entries(space).reverse());
    assert.deepEqual(drawTrials(reversed, { trials: 30, seed: 7 }), drawn);
    assert.notDeepEqual(drawTrials(space, { trials: 30, seed: 8 }), drawn);
  });

  it('only grows when more trials are asked for', () => {
    const few = drawTrials(space, { trials: 10, seed: 7 });
    assert.deepEqual(drawTrials(space, { trials: 30, seed: 7 }).slice(0, 10), few);
  });

  it('lies within its ranges, and spreads the logarithm of a rate evenly', () => {
    const drawn = drawTrials(space, { trials: 600, seed: 1 });
    const rates = drawn.map(({ learningRate }) => Number(learningRate));
    assert.ok(rates.every((rate) => rate >= 0.001 && rate <= 1));
    for (const [from, to] of [
      [0.001, 0.01],
      [0.01, 0.1],
      [0.1, 1],
    ] as const) {
      const share = rates.filter((rate) => rate >= from && rate < to).length / rates.length;
      assert.ok(Math.abs(share - 1 / 3) < 0.07, `${String(share)} of the rates lie from ${String(from)}`);
    }
    assert.deepEqual(new Set(drawn.map(({ epochs }) => epochs)), new Set([2, 3, 4]));
    assert.ok(drawn.every(({ momentum }) => Number(momentum) >= 0.5 && Number(momentum) <= 0.9));
  });

  it('tries nothing twice: a space that holds fewer gives fewer trials', () => {
    const small: SearchSpace = { epochs: { integer: [1, 2] }, batchSize: { choice: [16, 32] } };
    const drawn = drawTrials(small, { trials: 20, seed: 3 });
    assert.equal(drawn.length, 4);
    assert.equal(new Set(drawn.map((params) => JSON.stringify(params))).size, 4);
  });
});
