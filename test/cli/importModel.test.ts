import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readModel, registerDefinition } from '../../src/store/models.js';
import { elementType } from '../../src/training/onnx/schema.js';
import { journeys } from '../support/journeys.js';
import { createPlatform, type Platform } from '../support/platform.js';
import { firstRowAt } from '../support/rows.js';
import { runTempered } from '../support/temperedProgram.js';
import { floats, logisticModel } from '../training/imported/sklearnLike.js';

let platform: Platform;
let directory: string;
before(async () => {
  platform = await createPlatform({ gpu: true });
  directory = await mkdtemp(join(tmpdir(), 'tempered-import-'));
  // Rejected by its validation, so that no rollout waits for traffic.
  await registerDefinition(
    platform.db,
    journeys({
      features: [{ name: 'load', kind: 'numeric' }],
      acceptance: { minRows: 500, minAuc: 0.999, maxLatencyP99Ms: 5000 },
    }),
  );
  await writeFile(join(directory, 'model.onnx'), notebookModel);
});
after(async () => {
  await rm(directory, { recursive: true, force: true });
  await platform.close();
});

/** Score = sigmoid(4 · load − 2). */
const notebookModel = logisticModel({
  initializer: [floats('hour', [1, 1], [4]), floats('intercept', [1], [-2]), floats('one', [1], [1])],
  input: [
    {
      name: 'X',
      type: {
        tensorType: { elemType: elementType.float, shape: { dim: [{ dimParam: 'N' }, { dimValue: 1 }] } },
      },
    },
  ],
});

async function importModel(change: Record<string, unknown> = {}) {
  const manifest = {
    model: 'journeys',
    file: 'model.onnx',
    framework: { name: 'scikit-learn', version: '1.5.2' },
    trainedUntil: firstRowAt,
    inputs: { X: ['load'] },
    output: { name: 'probabilities', column: 1 },
    samples: [{ inputs: { load: 0.5 }, score: 0.5 }],
    ...change,
  };
  const path = join(directory, 'manifest.json');
  await writeFile(path, JSON.stringify(manifest));
  return runTempered(['models', 'import', path], platform.environment);
}

describe('tempered models import', () => {
  it('invariant 3: no training on data without a version and lineage: an imported model has its run on a dataset version', async () => {
    const { db } = platform;
    const imported = await importModel();
    assert.equal(imported.code, 0, imported.stderr);
    assert.match(
      imported.stdout,
      /journeys is registered .*\nvalidate it and roll it out: tempered train journeys\n/,
    );

    const { code, stdout, stderr } = await runTempered(['train', 'journeys'], platform.environment);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^version 2 of journeys: validation failed/);
    const { definition, definitionDigest } = await readModel(db, 'journeys');
    assert.ok(definition.trainer.name === 'onnx');
    const runs = await db('runs')
      .where({ trainer: 'onnx' })
      .select<{ status: string; modelSha256: string; dataset: string }[]>(
        'status',
        db.raw(`params ->> 'modelSha256' as "modelSha256"`),
        'training_dataset_id as dataset',
      );
    assert.deepEqual(
      runs.map(({ status, modelSha256 }) => [status, modelSha256]),
      [['succeeded', definition.trainer.modelSha256]],
    );
    assert.match(runs[0]?.dataset ?? '', /^[0-9a-f]{64}$/);
    assert.deepEqual(await db('definition_artifacts').select('definition_digest', 'artifact_sha256'), [
      { definition_digest: definitionDigest, artifact_sha256: definition.trainer.modelSha256 },
    ]);
  });

  it('invariant 4: no leak from the future: a model that saw rows after the training window is not validated on them', async () => {
    await importModel({ trainedUntil: '2001-01-27T00:00:00Z' });
    const late = await runTempered(['train', 'journeys'], platform.environment);
    assert.equal(late.code, 1);
    assert.match(late.stderr, /has seen rows until 2001-01-27.*--as-of/);
  });

  it('says what is wrong with a manifest, and where', async () => {
    const wrong = async (change: Record<string, unknown>, message: RegExp) => {
      const { code, stderr } = await importModel(change);
      assert.equal(code, 1);
      assert.match(stderr, message);
    };
    await wrong({ samples: [] }, /samples: .*>=1/);
    await wrong({ file: 'absent.onnx' }, /names the file absent\.onnx/);
    await wrong({ inputs: { X: ['weight'] } }, /trainer\.inputs: the feature "load" goes to no input/);
    await wrong({ model: 'unknown-model' }, /There is no model "unknown-model"/);
    const definition = { ...journeys(), features: [{ name: 'load', kind: 'numeric' }] };
    const trainer = {
      ...{ name: 'onnx', modelSha256: '0'.repeat(64), framework: { name: 'torch', version: '2' } },
      ...{ trainedUntil: firstRowAt, inputs: { X: 'load' }, output: { name: 'p' } },
      samples: [{ inputs: { load: 1 }, score: 1 }],
    };
    await assert.rejects(registerDefinition(platform.db, { ...definition, trainer }), {
      code: 'InvalidInput',
      message: /tempered models import/,
    });
  });
});
