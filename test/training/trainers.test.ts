import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openFileSystemArtifactStore } from '../../src/artifacts/fileSystem.js';
import type { ArtifactStore } from '../../src/artifacts/store.js';
import { noResources } from '../../src/training/resources.js';
import { trainInChild } from '../../src/training/trainInChild.js';
import { flightJob, snapshotFlights } from './flights.js';

const rateTable = fileURLToPath(new URL('../../examples/trainer/rateTable.js', import.meta.url));

describe("a user's own trainer", () => {
  let directory: string;
  let artifacts: ArtifactStore;
  let datasetPath: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tempered-test-'));
    artifacts = openFileSystemArtifactStore(directory);
    datasetPath = await snapshotFlights(artifacts);
  });
  after(() => rm(directory, { recursive: true, force: true }));

  function train(
    params: Record<string, unknown>,
    trainerModules: Record<string, string> = { 'rate-table': rateTable },
  ) {
    return trainInChild(
      { ...flightJob, trainer: { name: 'module', module: 'rate-table', params } },
      {
        ...{ datasetPath, artifacts, checkpointSha256: null, spentBefore: noResources, trainerModules },
        signal: new AbortController().signal,
        onProgress: () => undefined,
      },
    );
  }

  it('trains like a built-in one, over strings and whole numbers, and its file is named by its hash', async () => {
    for (const feature of ['origin', 'hour']) {
      const { parity, environment } = await train({ feature });
      assert.equal(parity.rows, 6000);
      assert.ok(parity.maxAbsoluteDifference <= 1e-5);
      assert.equal(environment.backend, 'rate-table');
      assert.match(environment.packages['trainer module rate-table'] ?? '', /^[0-9a-f]{64}$/);
    }
  });

  it('is refused where its parameters are wrong, nobody configured it, or its file has no trainer', async () => {
    const rejects = (training: Promise<unknown>, message: RegExp) =>
      assert.rejects(training, { code: 'InvalidInput', message });
    await rejects(train({ feature: 'hour', smoothing: -1 }), /parameters are not valid/);
    await rejects(train({ feature: 'distance' }), /no categorical feature/);
    await rejects(train({ feature: 'hour' }, {}), /knows: none.*TEMPERED_TRAINERS/);
    const empty = join(directory, 'empty.mjs');
    await writeFile(empty, 'export const nothing = 1;');
    await rejects(train({ feature: 'hour' }, { 'rate-table': empty }), /no trainer as its default export/);
    await rejects(train({ feature: 'hour' }, { 'rate-table': `${empty}.gone` }), /could not be loaded/);
  });
});
