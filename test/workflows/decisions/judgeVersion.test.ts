import { defaultPayloadConverter } from '@temporalio/common';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Evaluation, VersionEvaluation } from '../../../src/domain/validation.js';
import { judgeVersion } from '../../../src/workflows/decisions/judgeVersion.js';
import { definition } from './policies.js';

const criteria = definition.acceptance;
const version: VersionEvaluation = {
  version: 2,
  datasetVersionId: 'a',
  auc: 0.7,
  logLoss: 0.5,
  calibrationError: 0.02,
  latencyP50Ms: 0.1,
  latencyP99Ms: 1,
};
const good: Evaluation = {
  rows: 5000,
  positives: 1000,
  candidate: version,
  champion: { ...version, version: 1, auc: 0.5 },
  aucDifference: { estimate: 0.2, lower: 0.18, upper: 0.22 },
  logLossDifference: { estimate: -0.03, lower: -0.04, upper: -0.02 },
  bootstrapResamples: 200,
  referenceProfileSha256: 'b',
};
const candidate = (change: Partial<VersionEvaluation>): Evaluation => ({
  ...good,
  candidate: { ...version, ...change },
});

function notPassed(evaluation: Evaluation): string[] {
  return judgeVersion(evaluation, criteria)
    .checks.filter(({ passed }) => !passed)
    .map(({ criterion }) => criterion);
}

describe('the verdict on a version', () => {
  it('is "passed" where every criterion passes, bounds included', () => {
    const atEveryBound: Evaluation = {
      ...good,
      rows: criteria.minRows,
      candidate: {
        ...version,
        auc: criteria.minAuc,
        calibrationError: criteria.maxCalibrationError,
        latencyP99Ms: criteria.maxLatencyP99Ms,
      },
      aucDifference: { estimate: 0, lower: -criteria.maxAucDecrease, upper: 1 },
      logLossDifference: { estimate: 0, lower: -1, upper: criteria.maxLogLossIncrease },
    };
    for (const evaluation of [good, atEveryBound]) {
      const report = judgeVersion(evaluation, criteria);
      assert.equal(report.verdict, 'passed');
      assert.equal(report.checks.length, 6);
      assert.equal(report.evaluation, evaluation);
    }
  });

  const failing: [string, Evaluation][] = [
    ['AUC', candidate({ auc: 0.59 })],
    ['calibration error', candidate({ calibrationError: 0.11 })],
    ['one-row latency p99 in ms', candidate({ latencyP99Ms: 51 })],
    [
      'AUC against champion (lower end)',
      { ...good, aucDifference: { estimate: 0.1, lower: -0.006, upper: 0.2 } },
    ],
    [
      'log loss against champion (upper end)',
      { ...good, logLossDifference: { estimate: -0.1, lower: -0.2, upper: 0.006 } },
    ],
  ];
  for (const [criterion, evaluation] of failing) {
    it(`is "failed" by ${criterion} alone, judged by the worse end of its interval`, () => {
      assert.equal(judgeVersion(evaluation, criteria).verdict, 'failed');
      assert.deepEqual(notPassed(evaluation), [criterion]);
    });
  }

  it('invariant 5: no decision on no data: too few rows are inconclusive, however good or bad', () => {
    const few = { rows: criteria.minRows - 1 };
    assert.equal(judgeVersion({ ...good, ...few }, criteria).verdict, 'inconclusive');
    assert.equal(judgeVersion({ ...candidate({ auc: 0.1 }), ...few }, criteria).verdict, 'inconclusive');
    assert.equal(judgeVersion({ ...good, rows: 0 }, criteria).verdict, 'inconclusive');
  });

  const unmeasured: Record<string, Evaluation> = {
    AUC: candidate({ auc: Number.NaN }),
    'calibration error': candidate({ calibrationError: Number.NaN }),
    'one-row latency p99 in ms': candidate({ latencyP99Ms: Number.NaN }),
    'log loss against champion (upper end)': {
      ...good,
      logLossDifference: { estimate: 0, lower: 0, upper: Number.NaN },
    },
  };
  for (const [criterion, evaluation] of Object.entries(unmeasured)) {
    it(`invariant 5: no decision on no data: ${criterion} that could not be measured is inconclusive`, () => {
      // JSON has no NaN: from an activity it arrives as null.
      const arrived = defaultPayloadConverter.fromPayload<Evaluation>(
        defaultPayloadConverter.toPayload(evaluation),
      );
      for (const given of [evaluation, arrived]) {
        assert.equal(judgeVersion(given, criteria).verdict, 'inconclusive');
        assert.deepEqual(notPassed(given), [criterion]);
      }
    });
  }
});
