import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openFileSystemArtifactStore } from '../../../src/artifacts/fileSystem.js';
import type { ArtifactStore } from '../../../src/artifacts/store.js';
import { type TrainerSpec, trainerSchema } from '../../../src/domain/trainerDefinition.js';
import type { TrainingProgress, TrainingResult } from '../../../src/domain/training.js';
import { noResources } from '../../../src/training/resources.js';
import { trainInChild, type TrainingOptions } from '../../../src/training/trainInChild.js';
import { trainingProcessesOf } from '../childProcesses.js';
import { flightJob, snapshotFlights } from '../flights.js';

/** Everything at once: each of it must come back from a checkpoint. */
const elaborate = trainerSchema.parse({
  name: 'mlp',
  epochs: 6,
  batchSize: 256,
  learningRate: 0.02,
  learningRateSchedule: { kind: 'cosine', finalFraction: 0.1, warmUpEpochs: 0.5 },
  earlyStopping: { validationFraction: 0.2, patience: 6 },
  classWeights: 'balanced',
  hiddenUnits: [8],
  embeddings: { origin: 3, hour: 2 },
});

describe('a network trained on real flights', () => {
  let directory: string;
  let artifacts: ArtifactStore;
  let datasetPath: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tempered-test-'));
    artifacts = openFileSystemArtifactStore(directory);
    datasetPath = await snapshotFlights(artifacts, { maxRows: 12_000 });
  });
  after(() => rm(directory, { recursive: true, force: true }));

  function train(trainer: TrainerSpec, options: Partial<TrainingOptions> = {}): Promise<TrainingResult> {
    return trainInChild(
      { ...flightJob, trainer },
      {
        ...{ datasetPath, artifacts, checkpointSha256: null, spentBefore: noResources },
        signal: new AbortController().signal,
        onProgress: () => undefined,
        ...options,
      },
    );
  }

  const trainers: Record<string, unknown> = {
    'logistic over scaled, filled and one-hot columns': { name: 'logistic', epochs: 2 },
    'mlp over scaled, filled and one-hot columns': { name: 'mlp', epochs: 2 },
    'mlp with embedded strings beside one-hot whole numbers': {
      ...{ name: 'mlp', epochs: 2, embeddings: { origin: 4 } },
    },
    'mlp with embedded whole numbers beside one-hot strings': {
      ...{ name: 'mlp', epochs: 2, embeddings: { hour: 4 } },
    },
    'everything at once': elaborate,
  };
  for (const [what, trainer] of Object.entries(trainers)) {
    it(`answers 10,000 real rows as its graph does, within 1e-5: ${what}`, async () => {
      const { parity } = await train(trainerSchema.parse(trainer));
      assert.equal(parity.rows, 10_000);
      assert.ok(parity.maxAbsoluteDifference <= 1e-5);
    });
  }

  it('invariant 10: same run, same model, when it goes on with schedule, early stopping and embeddings', async () => {
    const unbroken = await train(elaborate);
    const seen: TrainingProgress[] = [];
    const killed = train(elaborate, {
      onProgress: (progress) => {
        seen.push(progress);
        if (progress.epoch < 3) return;
        for (const pid of trainingProcessesOf(process.pid)) process.kill(pid, 'SIGKILL');
      },
    });
    await assert.rejects(killed, { code: 'Unavailable' });
    const checkpointSha256 = seen.findLast(({ epochEnded }) => epochEnded)?.checkpointSha256 ?? null;
    const resumed = await train(elaborate, { checkpointSha256 });
    assert.ok(resumed.resumedFromEpoch >= 2);
    assert.equal(resumed.modelSha256, unbroken.modelSha256);
    assert.deepEqual(resumed.metrics, unbroken.metrics);
  });

  it('records of each epoch its loss, its validation and its learning rate', async () => {
    const { metrics } = await train(elaborate);
    const names = ['loss', 'learningRate', 'validationLoss', 'validationAuc'];
    for (const name of names) {
      const steps = metrics.filter((metric) => metric.name === name).map(({ step }) => step);
      assert.deepEqual(steps, [1, 2, 3, 4, 5, 6], name);
    }
    const auc = metrics.filter(({ name }) => name === 'validationAuc').map(({ value }) => value);
    assert.ok(auc.every((value) => value > 0.4 && value < 0.9));
    const rates = metrics.filter(({ name }) => name === 'learningRate').map(({ value }) => value);
    assert.deepEqual(
      rates,
      rates.toSorted((a, b) => b - a),
      'a cosine falls after its warm-up',
    );
  });

  it('stops early, with the weights of its best epoch', async () => {
    const overfitting = { name: 'mlp', batchSize: 64, learningRate: 0.05, hiddenUnits: [64] };
    const earlyStopping = { validationFraction: 0.3, patience: 2 };
    const stopped = await train(trainerSchema.parse({ ...overfitting, earlyStopping, epochs: 40 }));
    const losses = stopped.metrics.filter(({ name }) => name === 'validationLoss');
    const best = losses.reduce((least, point) => (point.value < least.value ? point : least));
    assert.equal(losses.length, best.step + 2);
    assert.deepEqual(
      stopped.metrics.filter(({ name }) => name === 'bestEpoch'),
      [{ name: 'bestEpoch', step: best.step, value: best.step }],
    );
    const untilBest = await train(trainerSchema.parse({ ...overfitting, earlyStopping, epochs: best.step }));
    assert.equal(stopped.modelSha256, untilBest.modelSha256);
  });
});
