import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openFileSystemArtifactStore } from '../../src/artifacts/fileSystem.js';
import type { ArtifactStore } from '../../src/artifacts/store.js';
import type { TrainingJob, TrainingProgress, TrainingResult } from '../../src/domain/training.js';
import { noResources } from '../../src/training/resources.js';
import { trainInChild, type TrainingOptions } from '../../src/training/trainInChild.js';
import { isRunning, trainingProcessesOf } from './childProcesses.js';
import { flightFeatures, flightJob, flightTrainer, snapshotFlights } from './flights.js';

const endlessJob: TrainingJob = { ...flightJob, trainer: { ...flightTrainer, epochs: 10_000 } };

const valuesOf = ({ metrics }: TrainingResult, wanted: string) =>
  metrics.filter(({ name }) => name === wanted).map(({ value }) => value);

describe('training in a child process', () => {
  let directory: string;
  let artifacts: ArtifactStore;
  let datasetPath: string;
  let unbroken: TrainingResult;
  const progressOfUnbroken: TrainingProgress[] = [];

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tempered-test-'));
    artifacts = openFileSystemArtifactStore(directory);
    datasetPath = await snapshotFlights(artifacts);
    unbroken = await train(flightJob, { onProgress: (progress) => progressOfUnbroken.push(progress) });
  });
  after(() => rm(directory, { recursive: true, force: true }));

  function train(job: TrainingJob, options: Partial<TrainingOptions> = {}): Promise<TrainingResult> {
    const { signal } = new AbortController();
    const defaults = {
      ...{ datasetPath, artifacts, checkpointSha256: null, spentBefore: noResources, signal },
      onProgress: () => undefined,
    };
    return trainInChild(job, { ...defaults, ...options });
  }

  it('gives a model that ONNX Runtime answers alike, with its environment', async () => {
    await artifacts.fetch(unbroken.modelSha256);
    assert.equal(unbroken.parity.rows, 6000);
    assert.ok(unbroken.parity.maxAbsoluteDifference <= 1e-5);
    assert.equal(unbroken.resumedFromEpoch, 0);
    assert.equal(unbroken.environment.node, process.versions.node);
    assert.match(unbroken.environment.packages['onnxruntime-node'] ?? '', /^\d+\./);
    assert.deepEqual(trainingProcessesOf(process.pid), []);
  });

  it('reports the falling loss of each epoch while it runs', () => {
    const losses = valuesOf(unbroken, 'loss');
    assert.deepEqual(
      unbroken.metrics.map(({ name, step }) => `${name} ${step}`),
      [1, 2, 3, 4].flatMap((epoch) => [`loss ${epoch}`, `learningRate ${epoch}`]),
    );
    assert.ok((losses[3] ?? 1) < (losses[0] ?? 0));
    losses.forEach((loss, i) => {
      const reported = progressOfUnbroken.find((seen) => seen.epoch === i + 1 && seen.epochEnded);
      assert.equal(reported?.loss, loss);
      assert.equal(reported.epochs, 4);
      assert.match(reported.checkpointSha256 ?? '', /^[0-9a-f]{64}$/);
    });
  });

  it('counts the seconds of CPU it took, those of attempts before with them', async () => {
    const { cpuSeconds, gpuSeconds } = unbroken.resources;
    assert.ok(cpuSeconds > 0.1, `only ${String(cpuSeconds)} s`);
    assert.equal(gpuSeconds !== null, unbroken.environment.backend === 'tfjs-node-gpu');
    const seen = progressOfUnbroken.map(({ resources }) => resources.cpuSeconds);
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => a - b),
    );
    const spentBefore = { cpuSeconds: 1000, gpuSeconds: 7 };
    const { resources } = await train(flightJob, { spentBefore });
    assert.ok(resources.cpuSeconds > 1000.1);
    assert.ok(resources.gpuSeconds !== null && resources.gpuSeconds >= 7);
  });

  it('invariant 10: same run, same model', async () => {
    const again = await train(flightJob);
    assert.equal(again.modelSha256, unbroken.modelSha256);
    assert.deepEqual(again.metrics, unbroken.metrics);
    const otherSeed = await train({ ...flightJob, seed: 18 });
    assert.notEqual(otherSeed.modelSha256, unbroken.modelSha256);
  });

  it('invariant 10: same run, same model: bit for bit, also when it goes on after kill -9', async () => {
    const seen: TrainingProgress[] = [];
    const killed = train(endlessJob, {
      onProgress: (progress) => {
        seen.push(progress);
        if (progress.epoch < 2) return;
        for (const pid of trainingProcessesOf(process.pid)) process.kill(pid, 'SIGKILL');
      },
    });
    await assert.rejects(killed, { code: 'Unavailable', message: /SIGKILL/ });

    const atEpoch2 = seen.find((progress) => progress.epoch === 2);
    assert.ok(typeof atEpoch2?.checkpointSha256 === 'string');
    const resumed = await train(flightJob, { checkpointSha256: atEpoch2.checkpointSha256 });
    assert.ok(resumed.resumedFromEpoch > 0);
    assert.equal(resumed.modelSha256, unbroken.modelSha256);
    assert.deepEqual(resumed.metrics, unbroken.metrics);
  });

  it('refuses the checkpoint of another run', async () => {
    const checkpointSha256 = progressOfUnbroken.at(-1)?.checkpointSha256 ?? null;
    await assert.rejects(train({ ...flightJob, runId: 'run-2' }, { checkpointSha256 }), {
      code: 'InvalidInput',
      message: /belongs to run run-1/,
    });
  });

  it('stops at once when cancelled', async () => {
    const reason = new Error('cancelled by an operator');
    const controller = new AbortController();
    const { signal } = controller;
    await assert.rejects(train(endlessJob, { signal, onProgress: () => controller.abort(reason) }), reason);
    assert.deepEqual(trainingProcessesOf(process.pid), []);
    await assert.rejects(train(endlessJob, { signal }), reason);
  });

  it('ends by itself when its worker is killed', async () => {
    const worker = fork(fileURLToPath(new URL('trainForever.js', import.meta.url)), [datasetPath, directory]);
    await once(worker, 'message');
    const [trainingPid] = trainingProcessesOf(worker.pid ?? 0);
    assert.ok(trainingPid !== undefined);

    worker.kill('SIGKILL');
    await once(worker, 'exit');
    while (isRunning(trainingPid)) await sleep(50);
  });

  it('says what is wrong with the data, and what to do', async () => {
    const rejects = async (columns: Record<string, string>, job: TrainingJob, message: RegExp) => {
      const unusable = await snapshotFlights(artifacts, { columns });
      await assert.rejects(train(job, { datasetPath: unusable }), { code: 'UnusableData', message });
    };
    const withoutPolicy = flightFeatures.map((feature) =>
      feature.name === 'distanceIfLong' ? ({ name: feature.name, kind: 'numeric' } as const) : feature,
    );
    await rejects(
      {},
      { ...flightJob, features: withoutPolicy },
      /"distanceIfLong" is NULL or NaN in \d+ of 6000 rows\. Declare what that becomes/,
    );
    await rejects(
      { late: 'false' },
      flightJob,
      /"late" needs rows of both classes, but all 6000 rows have false/,
    );
    await rejects({ distance: `'inf'::DOUBLE` }, flightJob, /"distance" is infinite/);
    await rejects({ origin: `nullif(origin, 'ORD')` }, flightJob, /"origin" holds NULL/);
  });

  it('learns nothing from shuffled labels', async () => {
    const leaky = await snapshotFlights(artifacts, {
      columns: { hour: 'CASE WHEN delay > 15 THEN 1 ELSE 2 END' },
    });
    const honest = await train(flightJob, { datasetPath: leaky });
    const permuted = await train({ ...flightJob, permuteLabels: true }, { datasetPath: leaky });
    const finalLoss = (result: TrainingResult) => valuesOf(result, 'loss').at(-1) ?? Number.NaN;
    assert.ok(finalLoss(honest) < 0.1, `the hour gives the answer away: ${finalLoss(honest)}`);
    assert.ok(finalLoss(permuted) > 0.4, `there is nothing to learn: ${finalLoss(permuted)}`);
  });

  it('says that it diverged', async () => {
    const job = { ...flightJob, trainer: { ...flightTrainer, learningRate: 1e38 } };
    await assert.rejects(train(job), { code: 'UnusableModel', message: /diverged.*learningRate/ });
  });
});
