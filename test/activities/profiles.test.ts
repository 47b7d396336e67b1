import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareProfiles } from '../../src/activities/compareProfiles.js';
import { ReferenceProfileBuilder } from '../../src/activities/referenceProfile.js';
import type { Feature } from '../../src/domain/feature.js';
import { referenceProfileSchema, type CurrentProfile } from '../../src/domain/monitoring.js';

const features: Feature[] = [
  { name: 'load', kind: 'numeric' },
  { name: 'hour', kind: 'categorical', values: [0, 1] },
  { name: 'carrier', kind: 'categorical', values: ['AA', 'BB'] },
];
const window = { from: '2001-01-01T00:00:00.000Z', to: '2001-01-02T00:00:00.000Z' };

function profileOf(rows: number) {
  const builder = new ReferenceProfileBuilder();
  const halves = [rows / 2, rows / 2];
  halves.forEach((length, half) =>
    builder.add(
      {
        load: Float32Array.from({ length }, (_, i) => half * length + i),
        hour: BigInt64Array.from({ length }, () => BigInt(half)),
        carrier: Array.from({ length }, (_, i) => (i % 2 === 0 ? 'AA' : 'BB')),
      },
      features,
    ),
  );
  const labels = Float32Array.from({ length: rows }, (_, i) => i % 2);
  return builder.finish(new Float32Array(rows).fill(0.5), labels);
}

describe('the reference profile', () => {
  it('keeps numbers, counts categories, and sums up the loss over every batch', () => {
    const profile = profileOf(100);
    assert.equal(profile.rows, 100);
    assert.deepEqual(
      profile.numeric.load,
      Array.from({ length: 100 }, (_, i) => i),
    );
    assert.deepEqual(profile.categorical, { hour: { 0: 50, 1: 50 }, carrier: { AA: 50, BB: 50 } });
    assert.ok(Math.abs(profile.meanLogLoss - Math.log(2)) < 1e-12);
    assert.ok(profile.logLossVariance < 1e-12);
    assert.equal(profile.positiveRate, 0.5);
    assert.deepEqual(referenceProfileSchema.parse(JSON.parse(JSON.stringify(profile))), profile);
  });

  it('keeps an even sample of many numbers, the same every time', () => {
    const { load = [] } = profileOf(40_000).numeric;
    assert.equal(load.length, 5000);
    const mean = load.reduce((sum, value) => sum + value, 0) / load.length;
    // Five standard errors of the mean of 5000 draws from 0 … 39,999.
    assert.ok(Math.abs(mean - 20_000) < (5 * 40_000) / Math.sqrt(12 * 5000), `mean ${String(mean)}`);
    assert.deepEqual(profileOf(40_000).numeric.load, load);
  });

  it('leaves missing numbers out', () => {
    const builder = new ReferenceProfileBuilder();
    builder.add({ load: new Float32Array([1, Number.NaN, 2]) }, features);
    assert.deepEqual(builder.finish(new Float32Array([0.5]), new Float32Array([1])).numeric.load, [1, 2]);
  });
});

describe('a window beside its reference', () => {
  const reference = profileOf(200);
  const same: CurrentProfile = {
    window,
    predictions: 200,
    numeric: { load: reference.numeric.load ?? [], score: reference.numeric.score ?? [] },
    categorical: reference.categorical,
    outcomes: 200,
    meanLogLoss: reference.meanLogLoss,
    logLossVariance: 0.1,
    positiveRate: 0.5,
  };

  it('lies at no distance from itself', () => {
    const { columns, logLossIncrease } = compareProfiles(reference, same);
    assert.deepEqual(columns.map(({ column }) => column).sort(), ['carrier', 'hour', 'load', 'score']);
    for (const { psi, ks } of columns) assert.ok(Math.abs(psi) < 1e-12 && (ks?.statistic ?? 0) < 1e-12);
    assert.equal(logLossIncrease?.estimate, 0);
  });

  it('lies far away where its numbers moved, its categories changed and its loss rose', () => {
    const moved = compareProfiles(reference, {
      ...same,
      numeric: { ...same.numeric, load: (same.numeric.load ?? []).map((load) => load + 1000) },
      categorical: { ...same.categorical, carrier: { CC: 200 } },
      meanLogLoss: reference.meanLogLoss + 1,
    });
    const distance = new Map(moved.columns.map((found) => [found.column, found]));
    assert.equal(distance.get('load')?.ks?.statistic, 1);
    assert.ok((distance.get('load')?.psi ?? 0) > 1);
    assert.ok((distance.get('carrier')?.psi ?? 0) > 1);
    assert.ok(Math.abs(distance.get('hour')?.psi ?? 1) < 1e-12);
    assert.ok((moved.logLossIncrease?.lower ?? 0) > 0.9);
  });

  it('invariant 5: no decision on no data: what was not recorded has no distance and no loss', () => {
    const empty = compareProfiles(reference, {
      ...same,
      predictions: 0,
      numeric: { load: [], score: [] },
      categorical: { hour: {}, carrier: {} },
      outcomes: 0,
      meanLogLoss: null,
      logLossVariance: null,
      positiveRate: null,
    });
    assert.deepEqual([empty.columns, empty.logLossIncrease], [[], null]);
    const one = compareProfiles(reference, { ...same, outcomes: 1, logLossVariance: null });
    assert.equal(one.logLossIncrease, null);
  });
});
