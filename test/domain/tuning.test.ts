import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { modelDefinitionSchema } from '../../src/domain/modelDefinition.js';
import { parse } from '../../src/domain/parse.js';
import { journeys } from '../support/journeys.js';

const check = (tuning: unknown) => parse(modelDefinitionSchema, { ...journeys(), tuning }, 'The definition');

const random = { method: 'random', holdOutDays: 3, space: { learningRate: { logUniform: [0.001, 0.1] } } };
const halving = {
  ...random,
  method: 'successive-halving',
  resource: { param: 'epochs', from: 1, to: 9 },
};

describe('how a definition says that its parameters are searched', () => {
  it('may be by random search or by successive halving, over parameters that its trainer has', () => {
    const tuning = check(random).tuning;
    assert.deepEqual([tuning?.trials, tuning?.metric, tuning?.seed], [20, 'logLoss', 1]);
    assert.equal(check(halving).tuning?.method, 'successive-halving');
  });

  const bad: [what: string, tuning: unknown, complaint: RegExp][] = [
    [
      'a parameter that the trainer does not have',
      { ...random, space: { leaves: { integer: [2, 8] } } },
      /tuning\.space\.leaves\.integer: the trainer "logistic" has no parameter "leaves" \(it has: epochs, /,
    ],
    [
      'a value that the trainer refuses',
      { ...random, space: { batchSize: { choice: [64, 0] } } },
      /tuning\.space\.batchSize\.choice: 0: /,
    ],
    [
      'a range that falls',
      { ...random, space: { learningRate: { uniform: [2, 1] } } },
      /learningRate\.uniform: must rise/,
    ],
    [
      'a logarithm of nothing',
      { ...random, space: { learningRate: { logUniform: [0, 1] } } },
      /learningRate\.logUniform: must be above 0/,
    ],
    ['a space without parameters', { ...random, space: {} }, /tuning\.space: must name a parameter/],
    [
      'a hold-out as long as the training window',
      { ...random, holdOutDays: 14 },
      /tuning\.holdOutDays: must leave some of the 14 days/,
    ],
    [
      'a resource that is searched, too',
      { ...halving, space: { epochs: { integer: [1, 9] } } },
      /"epochs" is the resource/,
    ],
    [
      'a resource that the trainer does not have',
      { ...halving, resource: { param: 'steps', from: 1, to: 9 } },
      /tuning\.resource: the trainer "logistic" has no parameter "steps"/,
    ],
    ['more trials than a history should hold', { ...random, trials: 101 }, /tuning\.trials: /],
  ];
  for (const [what, tuning, complaint] of bad) {
    it(`is refused for ${what}`, () => {
      assert.throws(() => check(tuning), complaint);
    });
  }
});
