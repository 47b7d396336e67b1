import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { openFileSystemArtifactStore } from '../../src/artifacts/fileSystem.js';
import { openTrainingData, type TrainingData } from '../../src/training/trainingData.js';
import { temporaryDirectory } from '../artifacts/temporaryDirectory.js';
import { flightFeatures, snapshotFlights } from './flights.js';

async function open(test: TestContext, permuteLabels: { seed: number } | null): Promise<TrainingData> {
  const store = openFileSystemArtifactStore(await temporaryDirectory(test));
  const datasetPath = await snapshotFlights(store);
  return openTrainingData({ datasetPath, features: flightFeatures, target: 'late', permuteLabels });
}

async function labelsOf(data: TrainingData, batchRows: number): Promise<number[]> {
  const labels: number[] = [];
  for await (const batch of data.batches({ batchRows })) {
    assert.deepEqual(
      Object.keys(batch.columns).sort(),
      flightFeatures.map(({ name }) => name).sort(),
      'the true target stays behind',
    );
    labels.push(...batch.labels);
  }
  return labels;
}

describe('training data', () => {
  it('counts its rows, and gives the same ones on every pass, in batches of any size', async (test) => {
    const data = await open(test, null);
    const labels = await labelsOf(data, 700);
    assert.equal(data.rows, 6000);
    assert.equal(labels.length, 6000);
    assert.equal(
      data.positives,
      labels.reduce((sum, label) => sum + label, 0),
    );
    assert.deepEqual(await labelsOf(data, 4096), labels);
  });

  it('deals the labels of a negative control out anew: as many of each, to other rows, the same on every pass', async (test) => {
    const truth = await labelsOf(await open(test, null), 4096);
    const data = await open(test, { seed: 5 });
    const dealt = await labelsOf(data, 4096);
    assert.deepEqual(await labelsOf(data, 700), dealt);
    assert.notDeepEqual(await labelsOf(await open(test, { seed: 6 }), 4096), dealt);
    const count = (labels: number[]) => labels.reduce((sum, label) => sum + label, 0);
    assert.equal(count(dealt), count(truth));
    // Independent of the truth: both are 1 about as often as chance has it, within 4 standard errors.
    const share = count(truth) / truth.length;
    const both = truth.reduce((sum, label, row) => sum + label * (dealt[row] ?? 0), 0) / truth.length;
    assert.ok(Math.abs(both - share ** 2) < (4 * share * (1 - share)) / Math.sqrt(truth.length));
  });
});
