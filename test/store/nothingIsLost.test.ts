import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createApiKey } from '../../src/store/apiKeys.js';
import { recordArtifact } from '../../src/store/artifacts.js';
import { setAlias } from '../../src/store/aliases.js';
import { recordDataRequirements } from '../../src/store/dataRequirements.js';
import { registerEntity } from '../../src/store/entities.js';
import { recordFeatureReferences } from '../../src/store/featureReferences.js';
import { registerFeatureView } from '../../src/store/featureViews.js';
import { archiveModel, listModels, registerDefinition, restoreModel } from '../../src/store/models.js';
import { recordRunArtifact } from '../../src/store/runArtifacts.js';
import { deleteRun, restoreRun } from '../../src/store/runDeletion.js';
import { recordMetrics } from '../../src/store/runMetrics.js';
import { abandonRun } from '../../src/store/runs.js';
import { searchRuns } from '../../src/store/runSearch.js';
import type { Database } from '../../src/store/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { shop, shopSales } from '../support/featureViews.js';
import { lateness, registerModel, type RegisteredModel } from '../support/registry.js';

/** SQLSTATE of what our triggers say, and of what foreign keys say. */
const refusals = ['23001', '23503'];

describe('nothing that lineage or audit needs is lost', () => {
  let database: TestDatabase;
  let registry: RegisteredModel;

  before(async () => {
    database = await createTestDatabase();
    registry = await registerModel(database.db);
    await liveALife();
  });
  after(() => database.drop());

  /** Leaves at least one row in every table that lineage or audit rests on. */
  async function liveALife(): Promise<void> {
    const { db } = database;
    const { model } = registry;
    const baseline = await registry.deployBaseline();
    const version = await registry.promoteNext(baseline);
    await setAlias(db, model, { alias: 'kept', version, actor: 'tests', reason: 'tests' });
    const run = await registry.addRun();
    await recordMetrics(db, run, [{ name: 'loss', step: 1, value: 0.5 }]);
    const sha256 = 'a'.repeat(64);
    await recordArtifact(db, { sha256, bytes: 1, kind: 'model' });
    await recordRunArtifact(db, { runId: run, name: 'model', sha256 });
    await useFeatureViews(db);
    await reportOnData(db, sha256);
    const { id: apiKeyId } = await createApiKey(db, { name: 'tests', scopes: ['predict'] });
    const prediction = randomUUID();
    await db('predictions').insert({
      id: prediction,
      request_id: randomUUID(),
      model,
      event_time: new Date(),
      status: 'rejected',
      error: 'tests',
      latency_ms: 1,
      api_key_id: apiKeyId,
    });
    await db('outcomes').insert({
      prediction_id: prediction,
      label: 1,
      observed_at: new Date(),
      api_key_id: apiKeyId,
    });
    const window = { window_from: '2001-01-01', window_to: '2001-01-02' };
    await db('monitoring_windows').insert({ model, version, ...window, status: 'drifted', report: {} });
    await db('retrainings').insert({
      id: randomUUID(),
      model,
      champion_version: version,
      ...window,
      reason: 'tests',
      workflow_id: 'tests',
    });
    await db('rollout_decisions').insert({
      rollout_id: db('rollouts').select('id').limit(1),
      sequence: 0,
      stage: 0,
      action: 'hold',
      reason: 'tests',
      evidence: {},
    });
  }

  async function useFeatureViews(db: Database): Promise<void> {
    await registerEntity(db, shop);
    const { definition, version } = await registerFeatureView(db, shopSales);
    const reference = { view: definition.name, version, keys: { code: 'x' }, features: { sold: 'amount' } };
    await recordFeatureReferences(db, await anyDefinition(db), [reference]);
  }

  async function reportOnData(db: Database, sha256: string): Promise<void> {
    await recordDataRequirements(db, {
      id: sha256,
      markdownSha256: sha256,
      model: registry.model,
      source: 'rows',
      window: { from: '2001-01-01', to: '2001-01-02' },
      checks: 1,
      unmet: 1,
    });
    await db('definition_artifacts').insert({
      definition_digest: await anyDefinition(db),
      name: 'imported-model',
      artifact_sha256: sha256,
    });
  }

  async function anyDefinition(db: Database): Promise<string> {
    const row = await db<{ digest: string }>('model_definitions').first('digest');
    assert.ok(row !== undefined);
    return row.digest;
  }

  const refused = (error: unknown): boolean =>
    error instanceof Error && 'code' in error && refusals.includes(String(error.code));

  const tables = [
    'model_definitions',
    'models',
    'artifacts',
    'dataset_versions',
    'runs',
    'run_metrics',
    'run_artifacts',
    'model_versions',
    'model_aliases',
    'validations',
    'rollouts',
    'rollout_decisions',
    'champions',
    'deployments',
    'predictions',
    'outcomes',
    'api_keys',
    'monitoring_windows',
    'retrainings',
    'entities',
    'entity_versions',
    'feature_views',
    'feature_view_versions',
    'model_feature_views',
    'data_requirements',
    'definition_artifacts',
  ];
  for (const table of tables) {
    it(`keeps every row of ${table}`, async () => {
      const { db } = database;
      const rows = await db(table);
      assert.ok(rows.length > 0, `${table} is empty, so that nothing was tried`);
      await assert.rejects(Promise.resolve(db(table).delete()), refused);
      await assert.rejects(Promise.resolve(db.raw('truncate ?? cascade', [table])), refused);
      assert.deepEqual(await db(table), rows);
    });
  }

  it('keeps what a run was given, and what it found once it ended', async () => {
    const { db } = database;
    const id = await registry.addRun();
    const change = (columns: Record<string, unknown>) =>
      Promise.resolve(db('runs').where({ id }).update(columns));
    for (const columns of [
      { params: { epochs: 5 } },
      { seed: 2 },
      { permuted_labels: true },
      { trainer: 'mlp' },
      { started_at: new Date(0) },
    ]) {
      await assert.rejects(change(columns), refused);
    }
    await abandonRun(db, id, 'failed', 'diverged');
    for (const columns of [{ status: 'running', ended_at: null }, { error: null }, { cpu_seconds: 1 }]) {
      await assert.rejects(change(columns), refused);
    }
  });

  it('hides a deleted run, and brings it back', async () => {
    const { db } = database;
    const id = await registry.addRun();
    await assert.rejects(deleteRun(db, id, 'tests'), { code: 'Forbidden', message: /under way/ });
    await abandonRun(db, id, 'cancelled', 'tests');
    await deleteRun(db, id, 'someone');
    await deleteRun(db, id, 'someone else');
    const shown = async (deleted: boolean) => {
      const { runs } = await searchRuns(db, { deleted });
      return runs.find((run) => run.id === id);
    };
    assert.equal(await shown(false), undefined);
    assert.ok((await shown(true))?.deletedAt instanceof Date);
    assert.equal((await db('runs').where({ id }).first<{ deleted_by: string }>()).deleted_by, 'someone');
    await restoreRun(db, id);
    assert.equal((await shown(false))?.deletedAt, null);
    await assert.rejects(deleteRun(db, randomUUID(), 'tests'), { code: 'NotFound' });
    await assert.rejects(restoreRun(db, randomUUID()), { code: 'NotFound' });
  });

  it('does not hide a run that a version was made by, nor make a version of a hidden run', async () => {
    const { db } = database;
    const run = await registry.addRun();
    await abandonRun(db, run, 'cancelled', 'tests');
    await registry.addVersion({ runId: run });
    await assert.rejects(deleteRun(db, run, 'tests'), {
      code: 'Forbidden',
      message: /made a model version.*tempered lineage/,
    });
    const hidden = await registry.addRun();
    await abandonRun(db, hidden, 'cancelled', 'tests');
    await deleteRun(db, hidden, 'tests');
    await assert.rejects(registry.addVersion({ runId: hidden }), refused);
  });

  it('lets a deletion wait for a version that is being made', async () => {
    const { db } = database;
    const run = await registry.addRun();
    await abandonRun(db, run, 'cancelled', 'tests');
    const registration = await db.transaction();
    await registration.raw(
      `insert into model_versions (model, version, kind, run_id, definition_digest, artifact_sha256, signature)
       select model, 1000, kind, ?, definition_digest, artifact_sha256, signature from model_versions limit 1`,
      [run],
    );
    const deletion = assert.rejects(deleteRun(db, run, 'tests'), { code: 'Forbidden' });
    await registration.commit();
    await deletion;
  });

  it('hides an archived model, and brings it back, also by applying it again', async () => {
    const { db } = database;
    const { name } = await registerDefinition(db, { ...lateness, name: 'old-one' });
    const listed = async (deleted: boolean) =>
      (await listModels(db, { deleted })).some((model) => model.name === name);
    await archiveModel(db, name, 'tests');
    assert.deepEqual([await listed(false), await listed(true)], [false, true]);
    await restoreModel(db, name);
    assert.equal(await listed(false), true);
    await archiveModel(db, name, 'tests');
    await registerDefinition(db, { ...lateness, name });
    assert.equal(await listed(false), true);
    await assert.rejects(archiveModel(db, 'nobody', 'tests'), { code: 'NotFound' });
  });
});
