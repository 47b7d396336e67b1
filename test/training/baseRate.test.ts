import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openFileSystemArtifactStore } from '../../src/artifacts/fileSystem.js';
import { readColumns } from '../../src/artifacts/columns.js';
import { trainBaseRate } from '../../src/training/baseRate.js';
import { temporaryDirectory } from '../artifacts/temporaryDirectory.js';
import { flightFeatures, snapshotFlights } from './flights.js';

describe('the base rate', () => {
  it('is the share of positives in the snapshot', async (test) => {
    const store = openFileSystemArtifactStore(await temporaryDirectory(test));
    const datasetPath = await snapshotFlights(store);
    let positives = 0;
    for await (const { late } of readColumns(datasetPath, {
      features: [],
      target: 'late',
      batchRows: 1000,
    })) {
      for (const label of late ?? []) positives += Number(label);
    }
    const { rate, rows } = await trainBaseRate({ datasetPath, features: flightFeatures, target: 'late' });
    assert.equal(rows, 6000);
    assert.equal(rate, positives / 6000);
  });

  it('needs rows of both classes', async (test) => {
    const store = openFileSystemArtifactStore(await temporaryDirectory(test));
    const datasetPath = await snapshotFlights(store, { columns: { late: '1' } });
    await assert.rejects(trainBaseRate({ datasetPath, features: flightFeatures, target: 'late' }), {
      code: 'UnusableData',
    });
  });
});
