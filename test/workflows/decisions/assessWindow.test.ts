import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ColumnDistance, WindowMeasurement, WindowStatus } from '../../../src/domain/monitoring.js';
import { assessWindow } from '../../../src/workflows/decisions/assessWindow.js';
import { definition } from './policies.js';

const policy = definition.monitoring;
const still: ColumnDistance = { column: 'x', psi: 0.01, ks: { statistic: 0.02, pValue: 0.6 } };
const moved: ColumnDistance = { column: 'y', psi: 0.3, ks: { statistic: 0.3, pValue: 1e-9 } };
const calm: WindowMeasurement = {
  window: { from: '2001-03-01T00:00:00.000Z', to: '2001-03-02T00:00:00.000Z' },
  predictions: 1000,
  outcomes: 1000,
  columns: [still, { ...still, column: 'y' }],
  logLossIncrease: { estimate: 0.01, lower: -0.01, upper: 0.03 },
  positiveRate: 0.2,
};

interface Case {
  name: string;
  change: Partial<WindowMeasurement>;
  status: WindowStatus;
  reason: RegExp;
}

function judges(cases: Case[], prefix = '') {
  for (const { name, change, status, reason } of cases) {
    it(`${prefix}${name}: ${status}`, () => {
      const report = assessWindow({ ...calm, ...change }, policy);
      assert.equal(report.status, status);
      assert.match(report.reason, reason);
    });
  }
}

const noOutcomes = { outcomes: 0, logLossIncrease: null, positiveRate: null };

describe('a monitoring window', () => {
  judges([
    { name: 'nothing moved', change: {}, status: 'stable', reason: /bounds; \d of \d columns drifted/ },
    {
      name: 'half of the columns drifted',
      change: { columns: [still, moved] },
      status: 'drifted',
      reason: /1 of 2 columns/,
    },
    {
      name: 'fewer than half drifted',
      change: { columns: [still, still, moved] },
      status: 'stable',
      reason: /bounds; \d of \d columns drifted/,
    },
    {
      name: 'columns drifted, outcomes still missing',
      change: { columns: [moved], ...noOutcomes },
      status: 'drifted',
      reason: /1 of 1 columns/,
    },
    {
      name: 'the loss certainly rose beyond its bound',
      change: { logLossIncrease: { estimate: 0.08, lower: 0.051, upper: 0.11 } },
      status: 'drifted',
      reason: /log loss rose by 0\.080 \(at least 0\.051, allowed 0\.05\)/,
    },
    {
      name: 'the loss perhaps rose beyond its bound',
      change: { logLossIncrease: { estimate: 0.08, lower: 0.05, upper: 0.11 } },
      status: 'stable',
      reason: /bounds; \d of \d columns drifted/,
    },
  ]);

  judges(
    [
      {
        name: 'no traffic',
        change: { ...noOutcomes, predictions: 0, columns: [] },
        status: 'inconclusive',
        reason: /0 predictions, of 500 needed/,
      },
      {
        name: 'too little traffic, however far it moved',
        change: { predictions: 499, columns: [moved] },
        status: 'inconclusive',
        reason: /499 predictions/,
      },
      {
        name: 'no outcomes',
        change: noOutcomes,
        status: 'inconclusive',
        reason: /0 outcomes, of 500 needed/,
      },
      {
        name: 'too few outcomes, however bad',
        change: { outcomes: 499, logLossIncrease: { estimate: 9, lower: 8, upper: 10 } },
        status: 'inconclusive',
        reason: /499 outcomes/,
      },
      {
        name: 'a loss that could not be measured',
        change: { logLossIncrease: null },
        status: 'inconclusive',
        reason: /outcomes/,
      },
      {
        name: 'no column that could be compared',
        change: { columns: [] },
        status: 'inconclusive',
        reason: /no column/,
      },
    ],
    'invariant 5: no decision on no data: ',
  );

  const distances: { name: string; distance: ColumnDistance; drifted: boolean }[] = [
    { name: 'PSI at its bound', distance: { column: 'x', psi: 0.1, ks: null }, drifted: true },
    { name: 'PSI under its bound', distance: { column: 'x', psi: 0.0999, ks: null }, drifted: false },
    {
      name: 'a large and significant KS statistic',
      distance: { column: 'x', psi: 0, ks: { statistic: 0.1, pValue: 0.05 } },
      drifted: true,
    },
    {
      name: 'a large KS statistic that chance explains',
      distance: { column: 'x', psi: 0, ks: { statistic: 0.5, pValue: 0.06 } },
      drifted: false,
    },
    {
      name: 'a significant KS statistic too small to matter',
      distance: { column: 'x', psi: 0, ks: { statistic: 0.09, pValue: 1e-9 } },
      drifted: false,
    },
  ];
  for (const { name, distance, drifted } of distances) {
    it(`calls a column with ${name} ${drifted ? 'drifted' : 'still'}`, () => {
      const report = assessWindow({ ...calm, columns: [distance] }, policy);
      assert.deepEqual(report.driftedColumns, drifted ? ['x'] : []);
    });
  }
});
