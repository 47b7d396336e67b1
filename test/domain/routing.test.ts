import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Deployment } from '../../src/domain/deployment.js';
import { assignArm, unitHash } from '../../src/domain/routing.js';

const keys = Array.from({ length: 20_000 }, (_, i) => `flight-${String(i)}`);

function staged(challengerWeight: number, rolloutId = '00000000-0000-4000-8000-000000000001'): Deployment {
  return {
    model: 'late',
    epoch: 2,
    championVersion: 1,
    challengerVersion: 2,
    challengerWeight,
    rolloutId,
    cause: 'stage',
    reason: 'stage 1',
    actor: 'tests',
    createdAt: '2001-01-01T00:00:00.000Z',
  };
}

function challenged(deployment: Deployment): Set<string> {
  return new Set(keys.filter((key) => assignArm(deployment, key) === 'challenger'));
}

describe('routing', () => {
  it('always sends a key to the same place of [0, 1)', () => {
    // Golden: every gateway of every release must spread keys alike, or arms would mix within a rollout.
    assert.deepEqual(
      ['', 'a', 'flight-1', 'späte Ankunft'].map(unitHash),
      [0.9576734252420561, 0.010753497314070604, 0.7004393255533126, 0.17957693615492887],
    );
    assert.ok(keys.map(unitHash).every((place) => place >= 0 && place < 1));
  });

  it('gives the challenger its share', () => {
    for (const share of [0.05, 0.25, 0.5]) {
      const found = challenged(staged(share)).size / keys.length;
      // Four standard errors of a binomial share.
      const tolerance = 4 * Math.sqrt((share * (1 - share)) / keys.length);
      assert.ok(Math.abs(found - share) < tolerance, `${String(found)} instead of ${String(share)}`);
    }
    assert.equal(challenged(staged(0)).size, 0);
    assert.equal(challenged(staged(1)).size, keys.length);
  });

  it('is sticky: a widening stage only adds keys to the challenger', () => {
    const stages = [0.05, 0.25, 0.5, 1].map((share) => challenged(staged(share)));
    stages.forEach((stage, i) => {
      for (const key of stages[i - 1] ?? []) assert.ok(stage.has(key), `${key} left the challenger`);
    });
  });

  it('spreads the keys anew for another rollout', () => {
    const first = challenged(staged(0.5));
    const second = challenged(staged(0.5, '00000000-0000-4000-8000-000000000002'));
    const both = [...first].filter((key) => second.has(key)).length / keys.length;
    assert.ok(Math.abs(both - 0.25) < 0.02, `${String(both)} of the keys are in both, 0.25 expected`);
  });

  it('sends everything to the champion where there is no challenger', () => {
    const alone: Deployment = { ...staged(0), challengerVersion: null, rolloutId: null, cause: 'promote' };
    assert.equal(challenged(alone).size, 0);
  });
});
