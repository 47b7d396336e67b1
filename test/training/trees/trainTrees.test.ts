import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { openFileSystemArtifactStore } from '../../../src/artifacts/fileSystem.js';
import type { ArtifactStore } from '../../../src/artifacts/store.js';
import { treesSchema } from '../../../src/domain/trainerDefinition.js';
import type { TrainingJob, TrainingResult } from '../../../src/domain/training.js';
import { noResources } from '../../../src/training/resources.js';
import { trainInChild, type TrainingOptions } from '../../../src/training/trainInChild.js';
import { trainingProcessesOf } from '../childProcesses.js';
import { flightFeatures, flightJob, snapshotFlights } from '../flights.js';

const trainer = treesSchema.parse({ name: 'trees', trees: 40, depth: 4, rowShare: 0.8 });
const job: TrainingJob = { ...flightJob, trainer };

describe('boosted trees on real flights', () => {
  let directory: string;
  let artifacts: ArtifactStore;
  let datasetPath: string;
  let unbroken: TrainingResult;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tempered-trees-'));
    artifacts = openFileSystemArtifactStore(directory);
    datasetPath = await snapshotFlights(artifacts, { maxRows: 12_000 });
    unbroken = await train(job);
  });
  after(() => rm(directory, { recursive: true, force: true }));

  function train(given: TrainingJob, options: Partial<TrainingOptions> = {}): Promise<TrainingResult> {
    const { signal } = new AbortController();
    return trainInChild(given, {
      datasetPath,
      artifacts,
      checkpointSha256: null,
      spentBefore: noResources,
      signal,
      onProgress: () => undefined,
      ...options,
    });
  }

  it('are answered alike by ONNX Runtime, on 10,000 rows', () => {
    assert.equal(unbroken.parity.rows, 10_000);
    assert.ok(unbroken.parity.maxAbsoluteDifference <= 1e-6, String(unbroken.parity.maxAbsoluteDifference));
  });

  it('lower the loss with every tree', () => {
    const losses = unbroken.metrics.filter(({ name }) => name === 'loss').map(({ value }) => value);
    assert.equal(losses.length, 20);
    assert.ok(losses.every((loss, i) => i === 0 || loss < (losses[i - 1] ?? 0)));
  });

  it('invariant 10: same run, same model: bit for bit, also when it goes on after kill -9', async () => {
    let checkpoint: string | null = null;
    const killed = train(job, {
      onProgress: ({ epoch, checkpointSha256 }) => {
        if (epoch < 10 || checkpoint !== null) return;
        checkpoint = checkpointSha256;
        for (const pid of trainingProcessesOf(process.pid)) process.kill(pid, 'SIGKILL');
      },
    });
    await assert.rejects(killed, { code: 'Unavailable', message: /SIGKILL/ });
    const resumed = await train(job, { checkpointSha256: checkpoint });
    assert.ok(resumed.resumedFromEpoch >= 10);
    assert.equal(resumed.modelSha256, unbroken.modelSha256);
    assert.deepEqual(resumed.metrics, unbroken.metrics);
    assert.notEqual((await train({ ...job, seed: 18 })).modelSha256, unbroken.modelSha256);
  });

  it('stop when cancelled', async () => {
    const reason = new Error('cancelled by an operator');
    const controller = new AbortController();
    const long = { ...job, trainer: { ...trainer, trees: 2000 } };
    const stopped = train(long, { signal: controller.signal, onProgress: () => controller.abort(reason) });
    await assert.rejects(stopped, reason);
    assert.deepEqual(trainingProcessesOf(process.pid), []);
  });

  it('fill what is missing, know what they never saw, and answer NaN rather than guess', async () => {
    const session = await InferenceSession.create(
      await readFile(await artifacts.fetch(unbroken.modelSha256)),
    );
    const { score } = await session.run({
      origin: new Tensor('string', ['ATL', 'ATL', 'XXX', 'YYY', 'ATL'], [5, 1]),
      distance: new Tensor('float32', Float32Array.of(500, 500, 500, 500, Number.NaN), [5, 1]),
      hour: new Tensor('int64', BigInt64Array.of(18n, 18n, 18n, 18n, 18n), [5, 1]),
      distanceIfLong: new Tensor('float32', Float32Array.of(Number.NaN, 250, 500, 500, 500), [5, 1]),
    });
    await session.release();
    assert.ok(score?.data instanceof Float32Array);
    const [missing, filled, unseen, alsoUnseen, guess] = score.data;
    assert.equal(missing, filled);
    assert.ok(unseen !== undefined && unseen > 0 && unseen < 1);
    assert.equal(unseen, alsoUnseen);
    assert.ok(Number.isNaN(guess));
  });

  it('say what is wrong with the data, and what to do', async () => {
    const features = flightFeatures.map((feature) =>
      feature.name === 'distanceIfLong' ? ({ name: feature.name, kind: 'numeric' } as const) : feature,
    );
    await assert.rejects(train({ ...job, features }), {
      code: 'UnusableData',
      message: /"distanceIfLong" is NULL or NaN in \d+ of 12000 rows\. Declare what that becomes/,
    });
  });
});
