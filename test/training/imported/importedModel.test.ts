import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { InferenceSession } from 'onnxruntime-node';
import { openFileSystemArtifactStore } from '../../../src/artifacts/fileSystem.js';
import type { ArtifactStore } from '../../../src/artifacts/store.js';
import type { Feature } from '../../../src/domain/feature.js';
import type { ImportedModel } from '../../../src/domain/importedModel.js';
import type { TrainingResult } from '../../../src/domain/training.js';
import { attributeType, elementType } from '../../../src/training/onnx/schema.js';
import { concatenated, fieldsOf, fieldWith } from '../../../src/training/imported/wire.js';
import { scoreRows } from '../../../src/training/parity.js';
import { noResources } from '../../../src/training/resources.js';
import { trainInChild } from '../../../src/training/trainInChild.js';
import { flightFeatures, flightJob, snapshotFlights } from '../flights.js';
import { logisticModel, manifest, scoreOf } from './sklearnLike.js';

const features: Feature[] = flightFeatures.filter(({ name }) => name !== 'origin');

describe('an imported model', () => {
  let directory: string;
  let artifacts: ArtifactStore;
  let datasetPath: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tempered-test-'));
    artifacts = openFileSystemArtifactStore(directory);
    datasetPath = await snapshotFlights(artifacts);
  });
  after(() => rm(directory, { recursive: true, force: true }));

  async function importModel(
    bytes: Uint8Array,
    change: Partial<ImportedModel> = {},
    of: Feature[] = features,
  ): Promise<TrainingResult> {
    const { sha256 } = await artifacts.putBytes(bytes);
    const trainer = { ...manifest, modelSha256: sha256, ...change };
    return trainInChild(
      { ...flightJob, trainer, features: of },
      {
        ...{ datasetPath, artifacts, checkpointSha256: null, spentBefore: noResources },
        signal: new AbortController().signal,
        onProgress: () => undefined,
      },
    );
  }

  const refused = (bytes: Uint8Array, message: RegExp, change: Partial<ImportedModel> = {}) =>
    assert.rejects(importModel(bytes, change), { code: 'UnusableModel', message });

  it('takes raw features and answers as it did before, on real rows and on its samples', async () => {
    const result = await importModel(logisticModel());
    assert.equal(result.parity.rows, 6000);
    assert.ok(result.parity.maxAbsoluteDifference <= 1e-5);
    assert.equal(result.environment.backend, 'onnxruntime');
    assert.equal(result.environment.packages['scikit-learn'], '1.5.2');
    const metrics = new Map(result.metrics.map(({ name, value }) => [name, value]));
    assert.equal(metrics.get('reported.auc'), 0.61);
    assert.ok((metrics.get('loss') ?? 0) > 0.1);
    assert.ok((metrics.get('sampleMaxAbsoluteDifference') ?? 1) <= 1e-5);

    const session = await InferenceSession.create(await artifacts.fetch(result.modelSha256));
    assert.deepEqual([...session.inputNames], ['distance', 'hour', 'distanceIfLong']);
    assert.deepEqual([...session.outputNames], ['score']);
    const rows = {
      hour: BigInt64Array.of(18n, 3n),
      distance: Float32Array.of(733, 100),
      distanceIfLong: Float32Array.of(Number.NaN, 50),
    };
    const scores = await scoreRows(session, features, rows);
    await session.release();
    const expected = [
      scoreOf({ hour: 18, distance: 733, distanceIfLong: null }),
      scoreOf({ hour: 3, distance: 100, distanceIfLong: 50 }),
    ];
    expected.forEach((score, row) => assert.ok(Math.abs(score - (scores[row] ?? 1)) < 1e-6));
  });

  it('may have one input per feature, strings among them, and one number per row', async () => {
    const float = (name: string) => ({
      name,
      type: {
        tensorType: { elemType: elementType.float, shape: { dim: [{ dimParam: 'N' }, { dimValue: 1 }] } },
      },
    });
    const origin = {
      name: 'origin',
      type: { tensorType: { elemType: elementType.string, shape: { dim: [{ dimParam: 'N' }] } } },
    };
    const bytes = logisticModel({
      node: [
        {
          ...{ opType: 'LabelEncoder', domain: 'ai.onnx.ml', input: ['origin'], output: ['rate'] },
          attribute: [
            {
              ...{ name: 'keys_strings', type: attributeType.strings },
              strings: ['ORD', 'LAX'].map((key) => Buffer.from(key)),
            },
            { name: 'values_floats', type: attributeType.floats, floats: [0.3, 0.2] },
            { name: 'default_float', type: attributeType.float, f: 0.1 },
          ],
        },
        { opType: 'Sub', input: ['distance', 'distance'], output: ['nothing'], attribute: [] },
        { opType: 'Reshape', input: ['nothing', 'flat'], output: ['flatNothing'], attribute: [] },
        { opType: 'Add', input: ['rate', 'flatNothing'], output: ['answer'], attribute: [] },
      ],
      initializer: [
        {
          ...{ name: 'flat', dims: [1], dataType: elementType.int64 },
          rawData: new Uint8Array(BigInt64Array.of(-1n).buffer),
        },
      ],
      input: [origin, float('distance')],
      output: [
        {
          name: 'answer',
          type: { tensorType: { elemType: elementType.float, shape: { dim: [{ dimParam: 'N' }] } } },
        },
      ],
    });
    const of = flightFeatures.filter(({ name }) => name === 'origin' || name === 'distance');
    const result = await importModel(
      bytes,
      {
        inputs: { origin: 'origin', distance: 'distance' },
        output: { name: 'answer', column: null },
        samples: [
          { inputs: { origin: 'ORD', distance: 100 }, score: 0.3 },
          { inputs: { origin: 'XXX', distance: 100 }, score: 0.1 },
        ],
      },
      of,
    );
    assert.ok(result.parity.maxAbsoluteDifference <= 1e-5);
  });

  it('is refused where it answers its samples otherwise than the notebook did', async () => {
    const [first] = manifest.samples;
    assert.ok(first !== undefined);
    await refused(logisticModel(), /answers .* to sample 0/, { samples: [{ ...first, score: 0.9 }] });
    const inputs = { X: ['distance', 'hour', 'distanceIfLong'] };
    await refused(logisticModel(), /order of the training/, { inputs });
  });

  it('is refused, saying how to export it, where its outputs are maps, both probabilities, or not there', async () => {
    const zipped = logisticModel({
      node: [
        { opType: 'ZipMap', domain: 'ai.onnx.ml', input: ['X'], output: ['probabilities'], attribute: [] },
      ],
    });
    await refused(zipped, /zipmap=False/);
    await refused(logisticModel(), /"output.column"/, { output: { name: 'probabilities', column: null } });
    await refused(logisticModel(), /it has: probabilities/, { output: { name: 'proba', column: 1 } });
    await refused(logisticModel({ opset: 9 }), /target_opset=11/);
    await refused(logisticModel(), /its inputs are X/, {
      inputs: { Y: ['hour', 'distance', 'distanceIfLong'] },
    });
  });

  it('harms nobody where its file is corrupt, lies, or reaches for other files', async () => {
    await refused(Buffer.from('this is no model'), /is no ONNX model/);
    const good = logisticModel();
    await refused(good.subarray(0, good.length - 40), /ONNX model|cannot be/);
    const unknownOperator = logisticModel({
      node: [{ opType: 'Exec', domain: 'evil', input: ['X'], output: ['probabilities'], attribute: [] }],
    });
    await refused(unknownOperator, /cannot be loaded/);
    await refused(withExternalTensor(good), /files beside it/);
    await refused(Buffer.concat([good, good]), /one graph/);
  });
});

/** The same model with one more tensor, which names a file outside of it. */
function withExternalTensor(model: Uint8Array): Uint8Array {
  // TensorProto: name (8), and data_location (14), which is EXTERNAL (1).
  const tensor = concatenated([fieldWith(8, Buffer.from('weights')), Uint8Array.of((14 << 3) | 0, 1)]);
  const initializer = fieldWith(5, tensor);
  return concatenated(
    fieldsOf(model).map(({ number, bytes, value }) =>
      number === 7 && value !== null ? fieldWith(7, concatenated([value, initializer])) : bytes,
    ),
  );
}
