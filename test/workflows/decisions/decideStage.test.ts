import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ArmSummary, RolloutAction } from '../../../src/domain/rollout.js';
import { decideStage } from '../../../src/workflows/decisions/decideStage.js';
import { definition } from './policies.js';

const policy = definition.rollout;
const silent: ArmSummary = {
  version: 1,
  requests: 0,
  failed: 0,
  latencyP99Ms: null,
  outcomes: 0,
  meanLogLoss: null,
  logLossVariance: null,
};
const busy: ArmSummary = {
  version: 1,
  requests: 10_000,
  failed: 0,
  latencyP99Ms: 20,
  outcomes: 10_000,
  meanLogLoss: 0.5,
  logLossVariance: 0.1,
};

interface Case {
  name: string;
  champion?: Partial<ArmSummary>;
  challenger: Partial<ArmSummary>;
  action: RolloutAction;
  reason: RegExp;
}

function holds(cases: Case[], prefix = '') {
  for (const { name, champion = {}, challenger, action, reason } of cases) {
    it(`${prefix}${name}: ${action}`, () => {
      const decision = decideStage(
        { champion: { ...busy, ...champion }, challenger: { ...busy, version: 2, ...challenger } },
        policy,
      );
      assert.equal(decision.action, action);
      assert.match(decision.reason, reason);
    });
  }
}

describe('a stage of a rollout', () => {
  holds([
    { name: 'as good as the champion', challenger: {}, action: 'continue', reason: /not worse/ },
    { name: 'better', challenger: { meanLogLoss: 0.4 }, action: 'continue', reason: /not worse/ },
    {
      name: 'a little worse, within what is allowed',
      challenger: { meanLogLoss: 0.505 },
      action: 'continue',
      reason: /not worse/,
    },
    {
      name: 'worse beyond doubt',
      challenger: { meanLogLoss: 0.6 },
      action: 'roll-back',
      reason: /worse: log loss against the champion \+0\.100/,
    },
  ]);

  describe('has guardrails, which need no outcomes', () => {
    const unknown: Partial<ArmSummary> = { outcomes: 0, meanLogLoss: null, logLossVariance: null };
    holds([
      {
        name: 'too many failed requests',
        challenger: { ...unknown, requests: 50, failed: 1 },
        action: 'roll-back',
        reason: /guardrail: 2\.0 % of the challenger's requests failed, allowed 1\.0 %/,
      },
      {
        name: 'exactly the allowed share failed',
        challenger: { requests: 100, failed: 1 },
        action: 'continue',
        reason: /not worse/,
      },
      {
        name: 'too slow',
        challenger: { ...unknown, requests: 50, latencyP99Ms: 250.1 },
        action: 'roll-back',
        reason: /guardrail: the challenger's latency p99/,
      },
      {
        name: 'failing, but better by its outcomes',
        challenger: { failed: 1000, meanLogLoss: 0.1 },
        action: 'roll-back',
        reason: /guardrail/,
      },
      {
        name: 'only the champion fails',
        champion: { failed: 5000 },
        challenger: {},
        action: 'continue',
        reason: /not worse/,
      },
    ]);
  });

  holds(
    [
      {
        name: 'no traffic at all',
        champion: silent,
        challenger: silent,
        action: 'hold',
        reason: /waiting for outcomes: champion 0, challenger 0 of 500/,
      },
      { name: 'no traffic on the challenger', challenger: silent, action: 'hold', reason: /challenger 0/ },
      {
        name: 'no traffic on the champion',
        champion: silent,
        challenger: {},
        action: 'hold',
        reason: /champion 0/,
      },
      {
        name: 'traffic without outcomes',
        challenger: { outcomes: 0, meanLogLoss: null, logLossVariance: null },
        action: 'hold',
        reason: /waiting/,
      },
      {
        name: 'one outcome too few, however bad',
        challenger: { outcomes: 499, meanLogLoss: 9 },
        action: 'hold',
        reason: /challenger 499 of 500/,
      },
      {
        name: 'failures among too few requests',
        challenger: { ...silent, requests: 49, failed: 49 },
        action: 'hold',
        reason: /waiting/,
      },
      {
        name: 'a loss that could not be measured',
        challenger: { meanLogLoss: null },
        action: 'hold',
        reason: /not known/,
      },
      {
        name: 'a variance that could not be measured',
        champion: { logLossVariance: null },
        challenger: {},
        action: 'hold',
        reason: /not known/,
      },
      {
        name: 'a loss that is not a number',
        challenger: { meanLogLoss: Number.NaN },
        action: 'hold',
        reason: /undecided/,
      },
      {
        name: 'an interval that still spans the allowed difference',
        challenger: { meanLogLoss: 0.52 },
        action: 'hold',
        reason: /undecided/,
      },
      {
        name: 'a promising difference that is too uncertain',
        challenger: { meanLogLoss: 0.49, outcomes: 500, logLossVariance: 4 },
        action: 'hold',
        reason: /undecided/,
      },
    ],
    'invariant 5: no decision on no data: ',
  );

  it('tells the interval it decided by, and none where it had none', () => {
    const decided = decideStage({ champion: busy, challenger: { ...busy, meanLogLoss: 0.4 } }, policy);
    assert.ok(decided.logLossDifference !== null);
    assert.ok(Math.abs(decided.logLossDifference.estimate + 0.1) < 1e-12);
    assert.equal(decideStage({ champion: silent, challenger: silent }, policy).logLossDifference, null);
  });
});
