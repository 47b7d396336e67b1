import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { lineageTree } from '../../../src/cli/lineageTree.js';
import type { LineageGraph, LineageNode } from '../../../src/domain/lineage.js';
import { setAlias } from '../../../src/store/aliases.js';
import { deploy } from '../../../src/store/deployments.js';
import { recordDatasetVersion } from '../../../src/store/datasets.js';
import { readLineage } from '../../../src/store/lineage/readLineage.js';
import { resolveLineageReference } from '../../../src/store/lineage/resolve.js';
import { beginRollout, recordRolloutDecision } from '../../../src/store/rollouts.js';
import { beginRun, readRun } from '../../../src/store/runs.js';
import { readRunDetails } from '../../../src/store/runDetails.js';
import { readLatestValidation } from '../../../src/store/validations.js';
import { requireModelVersion } from '../../../src/store/versions.js';
import { addPredictions } from '../../support/predictions.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { registerModel, type RegisteredModel } from '../../support/registry.js';

describe('lineage', () => {
  let database: TestDatabase;
  let registry: RegisteredModel;
  let baseline: number;
  /** Promoted in epoch 2. */
  let second: number;
  /** In its first stage, epoch 3. */
  let third: number;
  let prediction: string;
  let datasetId: string;
  let runId: string;
  let artifactSha256: string;

  before(async () => {
    database = await createTestDatabase();
    const { db } = database;
    registry = await registerModel(db);
    const { model } = registry;
    baseline = await registry.deployBaseline();
    second = await registry.promoteNext(baseline);
    await addFeatureView(model);
    third = await registry.addProvedVersion(second);
    await startRollout(model);
    await addPredictions(db, { model, version: second, arm: 'champion', epoch: 3 }, 2);
    [prediction = ''] = await addPredictions(db, { model, version: third, arm: 'challenger', epoch: 3 });
    ({ runId, artifactSha256 } = await requireModelVersion(db, model, third));
    datasetId = (await readRunDetails(db, runId)).trainingDatasetId;
    await setAlias(db, model, { alias: 'kept', version: second, actor: 'tests', reason: 'tests' });
  });
  after(() => database.drop());

  async function addFeatureView(model: string): Promise<void> {
    const { db } = database;
    await db('entities').insert({ name: 'airport' });
    const digest = 'e'.repeat(64);
    await db('entity_versions').insert({ entity: 'airport', version: 1, digest, definition: {} });
    await db('feature_views').insert({ name: 'airport-delays' });
    await db('feature_view_versions').insert({
      view: 'airport-delays',
      version: 2,
      digest,
      definition: { description: 'late flights', owner: 'tests', entity: 'airport', source: 'rows' },
      entity: 'airport',
      entity_version: 1,
    });
    await db('model_feature_views').insert({
      definition_digest: db('models').where({ name: model }).select('definition_digest'),
      view: 'airport-delays',
      version: 2,
    });
  }

  async function startRollout(model: string): Promise<void> {
    const { db } = database;
    const validation = await readLatestValidation(db, model, third);
    assert.ok(validation !== null);
    const id = randomUUID();
    await beginRollout(db, {
      id,
      model,
      version: third,
      championVersion: second,
      validationId: validation.id,
    });
    const arm = {
      requests: 0,
      failed: 0,
      latencyP99Ms: null,
      outcomes: 0,
      meanLogLoss: null,
      logLossVariance: null,
    };
    const decision = { action: 'hold' as const, reason: 'too few outcomes', logLossDifference: null };
    await recordRolloutDecision(db, id, {
      ...decision,
      sequence: 0,
      stage: 0,
      evidence: {
        stage: { champion: { version: second, ...arm }, challenger: { version: third, ...arm } },
        decision,
      },
    });
    await deploy(db, model, `${id}/stage/0`, () =>
      Promise.resolve({
        championVersion: second,
        challengerVersion: third,
        challengerWeight: 0.05,
        rolloutId: id,
        cause: 'stage',
        reason: 'stage 1',
        actor: 'tests',
      }),
    );
  }

  async function lineageOf(
    thing: string,
    ...directions: ('upstream' | 'downstream')[]
  ): Promise<LineageGraph> {
    const focus = await resolveLineageReference(database.db, thing);
    return readLineage(database.db, focus, directions.length === 0 ? undefined : directions);
  }

  const kindsOf = ({ nodes }: LineageGraph) => [...new Set(nodes.map(({ kind }) => kind))].sort();
  const only = (graph: LineageGraph, kind: string): LineageNode[] =>
    graph.nodes.filter((node) => node.kind === kind);

  it('tells an auditor from a prediction alone why that version served', async () => {
    const graph = await lineageOf(prediction, 'upstream');
    const [asked] = graph.nodes;
    assert.equal(asked?.id, prediction);
    assert.deepEqual(
      [asked.facts['version'], asked.facts['arm'], asked.facts['epoch'], asked.facts['caller']],
      ['lateness@3', 'challenger', 3, 'customer'],
    );
    assert.doesNotMatch(JSON.stringify(graph), /of a person/);

    const [deployment] = only(graph, 'deployment');
    assert.deepEqual([deployment?.id, deployment?.facts['cause']], ['lateness#3', 'stage']);
    const rollout = only(graph, 'rollout').find(({ facts }) => facts['version'] === 'lateness@3');
    assert.match(String(rollout?.facts['decisions']), /stage 1: hold: too few outcomes/);
    const validation = only(graph, 'validation').find(({ facts }) => facts['candidate'] === 'lateness@3');
    assert.equal(validation?.facts['verdict'], 'passed');
    assert.ok(only(graph, 'run').some(({ id }) => id === runId));
    const [dataset] = only(graph, 'dataset');
    assert.equal(dataset?.id, datasetId);
    const [source] = only(graph, 'source');
    assert.equal(source?.facts['sha256'], dataset.facts['sourceSha256']);
    const [definition] = only(graph, 'definition');
    assert.match(definition?.id ?? '', /^[0-9a-f]{64}$/);
    assert.equal(only(graph, 'feature-view')[0]?.id, 'airport-delays@2');
    assert.deepEqual(graph.incomplete, []);
  });

  it('leads from a source’s rows down to the number of predictions', async () => {
    const graph = await lineageOf(datasetId, 'downstream');
    assert.deepEqual(kindsOf(graph), [
      'dataset',
      'deployment',
      'predictions',
      'rollout',
      'run',
      'validation',
      'version',
    ]);
    const counts = only(graph, 'predictions').map(({ id, facts }) => [
      id,
      facts['counted'],
      facts['byChampion'],
      facts['byChallenger'],
      facts['more'],
    ]);
    assert.deepEqual(counts.sort(), [
      ['lateness#1', 0, 0, 0, false],
      ['lateness#2', 0, 0, 0, false],
      ['lateness#3', 3, 2, 1, false],
    ]);
    const epoch3 = only(graph, 'predictions').find(({ id }) => id === 'lateness#3');
    assert.match(String(epoch3?.facts['first']), /^\d{4}-/);
  });

  it('answers the same of a thing whatever it is called', async () => {
    const { db } = database;
    const { model } = registry;
    for (const [thing, kind, id] of [
      [datasetId, 'dataset', datasetId],
      [datasetId.slice(0, 8), 'dataset', datasetId],
      [runId, 'run', runId],
      [runId.slice(0, 8), 'run', runId],
      [artifactSha256, 'artifact', artifactSha256],
      [`${model}@${String(third)}`, 'version', 'lateness@3'],
      [`${model}:v${String(third)}`, 'version', 'lateness@3'],
      [`${model}@champion`, 'version', `lateness@${String(second)}`],
      [`${model}@challenger`, 'version', 'lateness@3'],
      [`${model}@kept`, 'version', `lateness@${String(second)}`],
      [model, 'version', `lateness@${String(second)}`],
      [`${model}#2`, 'deployment', 'lateness#2'],
      [`predictions/${model}#2`, 'predictions', 'lateness#2'],
      ['airport-delays@2', 'feature-view', 'airport-delays@2'],
      [prediction, 'prediction', prediction],
    ] as const) {
      assert.deepEqual(await resolveLineageReference(db, thing), { kind, id }, thing);
    }
  });

  it('leads from a file’s hash to what it belongs to', async () => {
    const graph = await lineageOf(artifactSha256);
    assert.deepEqual(
      graph.edges
        .filter(({ from, to }) => from.kind === 'artifact' || to.kind === 'artifact')
        .map(({ relation }) => relation),
      ['graph'],
    );
    const parquet = String((await lineageOf(datasetId)).nodes[0]?.facts['parquetSha256']);
    assert.equal((await lineageOf(parquet, 'upstream')).nodes[1]?.id, datasetId);
  });

  it('leads from a feature view to the versions that use it', async () => {
    const versions = only(await lineageOf('airport-delays@2', 'downstream'), 'version').map(({ id }) => id);
    assert.deepEqual(versions.sort(), ['lateness@1', 'lateness@2', 'lateness@3']);
  });

  it('leads from a dataset version to the views joined into it, and from a view to those dataset versions', async () => {
    const { db } = database;
    const id = '5'.repeat(64);
    const features = { rate: { feature: 'rate', missing: 0, expired: 0, defaulted: 0 } };
    const joined = { view: 'airport-delays', version: 2, definitionDigest: 'e'.repeat(64), features };
    await recordDatasetVersion(db, {
      ...{ id, source: 'rows', sourceSha256: '6'.repeat(64), query: 'SELECT 1' },
      featureViews: [{ ...joined, source: 'rows', sourceSha256: '4'.repeat(64) }],
      window: { from: '2001-01-01T00:00:00.000Z', to: '2001-01-08T00:00:00.000Z' },
      ...{ eventTimeRange: null, rowCount: 1, columns: [], statistics: [], checks: [] },
      ...{ parquetSha256: '3'.repeat(64), parquetBytes: 7 },
    });
    const upstream = await lineageOf(id, 'upstream');
    assert.deepEqual(upstream.nodes.map((node) => node.id).sort(), [
      id,
      'airport-delays@2',
      `rows@${'4'.repeat(64)}`,
      `rows@${'6'.repeat(64)}`,
    ]);
    const template = await readRun(db, runId);
    await beginRun(db, { ...template, id: randomUUID(), trainingDatasetId: id });
    const downstream = await lineageOf('airport-delays@2', 'downstream');
    assert.deepEqual(
      only(downstream, 'dataset').map((node) => node.id),
      [id],
    );
  });

  it('leads from an epoch to the rollout by which its champion may serve', async () => {
    const graph = await lineageOf('lateness#2', 'upstream');
    assert.deepEqual(
      graph.edges
        .filter(({ to }) => to.kind === 'deployment')
        .map(({ from, relation }) => [from.kind, relation]),
      [
        ['rollout', 'champion promoted by'],
        ['version', 'champion'],
      ],
    );
  });

  it('says what it does not know, and how to ask', async () => {
    const { db } = database;
    for (const thing of [
      'nobody@3',
      'lateness@99',
      'lateness#99',
      randomUUID(),
      'f'.repeat(64),
      'deadbeef',
    ]) {
      await assert.rejects(resolveLineageReference(db, thing), {
        code: 'NotFound',
        message: /nothing called/,
      });
    }
    await assert.rejects(resolveLineageReference(db, 'run/lateness@3'), { code: 'NotFound' });
    await assert.rejects(resolveLineageReference(db, 'what?'), { code: 'InvalidInput', message: /model@3/ });
  });

  it('asks which of two things that are called the same is meant', async () => {
    const { db } = database;
    const sibling = `${datasetId.slice(0, 20)}${'0'.repeat(44)}`;
    await db('artifacts').insert({ sha256: sibling, bytes: 1, kind: 'model' });
    await assert.rejects(resolveLineageReference(db, datasetId.slice(0, 12)), {
      code: 'NotFound',
      message: new RegExp(`may be any of dataset/${datasetId}, artifact/${sibling}`),
    });
    const { kind } = await resolveLineageReference(db, `artifact/${datasetId.slice(0, 12)}`);
    assert.equal(kind, 'artifact');
  });

  it('is a tree on the terminal, each thing told in full once', async () => {
    const tree = lineageTree(await lineageOf(prediction, 'upstream'));
    const occurrences = tree.split('\n').filter((line) => line.includes(`dataset ${datasetId}`));
    assert.ok(occurrences.length > 1);
    assert.equal(occurrences.filter((line) => !line.endsWith('(see above)')).length, 1);
    assert.match(tree, /└─ /);
  });

  it('stays small, and says where there is more', async () => {
    const { db } = database;
    for (let i = 0; i < 25; i++) await registry.addRun();
    const graph = await lineageOf(datasetId, 'downstream');
    assert.ok(graph.nodes.length < 60, String(graph.nodes.length));
    assert.deepEqual(graph.incomplete, [
      { key: { kind: 'dataset', id: datasetId }, direction: 'downstream' },
    ]);
    assert.match(lineageTree(graph), /└─ … and more/);
    await recordDatasetVersion(db, {
      ...{ id: '9'.repeat(64), source: 'rows', sourceSha256: '8'.repeat(64), query: 'SELECT 1' },
      window: { from: '2001-01-01T00:00:00.000Z', to: '2001-01-08T00:00:00.000Z' },
      ...{ eventTimeRange: null, rowCount: 1, columns: [], statistics: [], checks: [] },
      ...{ parquetSha256: '7'.repeat(64), parquetBytes: 7 },
    });
    assert.deepEqual(kindsOf(await lineageOf('99999999')), ['dataset', 'source']);
  });
});
