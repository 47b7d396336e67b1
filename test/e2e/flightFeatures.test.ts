/** What the feature views of the flights example are worth, on real flights that the model has not seen. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { definition, definitionWithoutFeatureViews } from '../../examples/flights/definition.js';
import { entities, featureViews } from '../../examples/flights/features.js';
import { sources } from '../../examples/flights/data.js';
import { readColumns } from '../../src/artifacts/columns.js';
import { openFileSystemArtifactStore } from '../../src/artifacts/fileSystem.js';
import { snapshotDataset } from '../../src/artifacts/snapshot.js';
import type { UsedFeatureView } from '../../src/artifacts/snapshotFeatures.js';
import type { ArtifactStore } from '../../src/artifacts/store.js';
import type { TimeWindow } from '../../src/domain/dataset.js';
import { entitySchema, featureViewSchema } from '../../src/domain/featureView.js';
import {
  modelDefinitionSchema,
  type ModelDefinition,
  type ModelDefinitionInput,
} from '../../src/domain/modelDefinition.js';
import { parse } from '../../src/domain/parse.js';
import { signatureOf } from '../../src/domain/signature.js';
import type { Source } from '../../src/domain/sourceConfiguration.js';
import { createInferencePool } from '../../src/inference/pool.js';
import { scoreColumns } from '../../src/inference/score.js';
import { rocAuc } from '../../src/statistics/classification.js';
import { noResources } from '../../src/training/resources.js';
import { trainInChild } from '../../src/training/trainInChild.js';
import { temporaryDirectory } from '../artifacts/temporaryDirectory.js';

const trainingWindow = { from: '2001-01-07T12:00:00Z', to: '2001-02-04T12:00:00Z' };
const heldOut = { from: '2001-02-04T12:00:00Z', to: '2001-02-11T12:00:00Z' };

function sourceNamed(name: string): Source {
  const configuration = sources[name];
  assert.ok(configuration);
  return { name, configuration };
}

function viewsUsedBy(model: ModelDefinition): UsedFeatureView[] {
  return model.featureViews.map((reference) => {
    const view = parse(
      featureViewSchema,
      featureViews.find(({ name }) => name === reference.view),
      'view',
    );
    const entity = parse(
      entitySchema,
      entities.find(({ name }) => name === view.entity),
      'entity',
    );
    const version = { version: reference.version, digest: 'd'.repeat(64), definition: view, entity };
    return { reference, view: version, source: sourceNamed(view.source) };
  });
}

async function snapshot(store: ArtifactStore, model: ModelDefinition, window: TimeWindow, maxRows: number) {
  const { dataset } = model;
  const request = {
    dataset,
    window,
    maxRows,
    source: sourceNamed(dataset.source),
    featureViews: viewsUsedBy(model),
  };
  return store.fetch((await snapshotDataset(request, store)).parquetSha256);
}

/** Trains on four weeks, and answers the AUC on the week after. */
async function heldOutAuc(test: TestContext, given: ModelDefinitionInput): Promise<number> {
  const model = parse(modelDefinitionSchema, given, 'definition');
  const {
    features,
    trainer,
    seed,
    dataset: { target },
  } = model;
  const store = openFileSystemArtifactStore(await temporaryDirectory(test));
  const job = { runId: 'run', trainer, seed, features, target, permuteLabels: false };
  const { modelSha256 } = await trainInChild(job, {
    datasetPath: await snapshot(store, model, trainingWindow, 30_000),
    artifacts: store,
    checkpointSha256: null,
    spentBefore: noResources,
    signal: test.signal,
    onProgress: () => undefined,
  });
  const pool = createInferencePool({ threads: 1 });
  try {
    await pool.load('model', await store.fetch(modelSha256));
    const scores: number[] = [];
    const labels: number[] = [];
    const path = await snapshot(store, model, heldOut, 20_000);
    for await (const batch of readColumns(path, { features, target, batchRows: 4096 })) {
      scores.push(...(await scoreColumns(pool, 'model', signatureOf(features), batch)));
      labels.push(...Array.from(batch[target] ?? [], Number));
    }
    return rocAuc(Float32Array.from(labels), Float32Array.from(scores));
  } finally {
    await pool.close();
  }
}

describe('the feature views of the flights example', () => {
  it('lift the AUC on the week after the training by at least 0.03', async (test) => {
    const without = await heldOutAuc(test, definitionWithoutFeatureViews);
    const withViews = await heldOutAuc(test, definition);
    test.diagnostic(`AUC ${withViews.toFixed(4)} with them, ${without.toFixed(4)} without`);
    assert.ok(withViews - without >= 0.03);
  });
});
