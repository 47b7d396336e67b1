/** Invariant 2 (DESIGN.md §4), held by the database itself: none of these goes through the store's functions. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { registerModel, type RegisteredModel } from '../support/registry.js';

const model = 'lateness';
let database: TestDatabase;
let registry: RegisteredModel;
let baseline: number;
/** Passed against the baseline. */
let proved: { version: number; validationId: string };
/** Failed against the baseline. */
let refuted: { version: number; validationId: string };
let unvalidated: number;

before(async () => {
  database = await createTestDatabase();
  registry = await registerModel(database.db);
  baseline = await registry.deployBaseline();
  const validated = async (verdict: 'passed' | 'failed') => {
    const version = await registry.addVersion();
    return {
      version,
      validationId: await registry.addValidation({ version, championVersion: baseline, verdict }),
    };
  };
  proved = await validated('passed');
  refuted = await validated('failed');
  unvalidated = await registry.addVersion();
});
after(() => database.drop());

const foreignKey = { code: '23503' };
const check = { code: '23514' };
const unique = { code: '23505' };
const appendOnly = { code: '23001', message: /rows are never changed or removed/ };

interface Refusal {
  code: string;
  message?: RegExp;
}

/** Runs in a transaction that is always undone, so that what one case leaves cannot help another. */
async function refuses(expected: Refusal, sql: string, bindings: (string | number | null)[]): Promise<void> {
  const transaction = await database.db.transaction();
  try {
    await assert.rejects(Promise.resolve(transaction.raw(sql, bindings)), expected);
  } finally {
    await transaction.rollback();
  }
}

const insertRollout = `insert into rollouts (id, model, version, champion_version, validation_id, verdict, status)
  values (?, ?, ?, ?, ?, ?, 'running')`;
const insertChampion = `insert into champions (model, version, baseline_kind, rollout_id, rollout_status)
  values (?, ?, ?, ?, ?)`;
const insertDeployment = `insert into deployments (model, epoch, champion_version, challenger_version, challenger_weight,
    rollout_id, cause, reason, actor, idempotency_key)
  values (?, 2, ?, ?, ?, ?, 'stage', 'forbidden', 'tests', 'forbidden')`;

describe('invariant 2: no deployment without validation and an A/B', () => {
  describe('a rollout', () => {
    const rollout = (version: number, champion: number, validationId: string, verdict = 'passed') => [
      randomUUID(),
      model,
      version,
      champion,
      validationId,
      verdict,
    ];

    it('needs a validation', async () => {
      await refuses(foreignKey, insertRollout, rollout(unvalidated, baseline, randomUUID()));
    });

    it('needs one that passed, whatever it calls it', async () => {
      const { version, validationId } = refuted;
      await refuses(foreignKey, insertRollout, rollout(version, baseline, validationId));
      await refuses(check, insertRollout, rollout(version, baseline, validationId, 'failed'));
    });

    it('needs one of that very version', async () => {
      await refuses(foreignKey, insertRollout, rollout(unvalidated, baseline, proved.validationId));
    });

    it('needs one against that very champion', async () => {
      await refuses(foreignKey, insertRollout, rollout(proved.version, unvalidated, proved.validationId));
    });

    it('needs two arms', async () => {
      await refuses(check, insertRollout, rollout(proved.version, proved.version, proved.validationId));
    });

    it('is alone: a model has one at a time', async () => {
      const values = rollout(proved.version, baseline, proved.validationId);
      await refuses(unique, `${insertRollout}, (?, ?, ?, ?, ?, ?, 'running')`, [
        ...values,
        ...rollout(proved.version, baseline, proved.validationId),
      ]);
    });
  });

  describe('a champion', () => {
    it('needs a rollout, or to be the baseline', async () => {
      await refuses(check, insertChampion, [model, proved.version, null, null, null]);
      await refuses(foreignKey, insertChampion, [model, proved.version, null, randomUUID(), 'promoted']);
      await refuses(foreignKey, insertChampion, [model, proved.version, 'baseline', null, null]);
    });

    it('needs a rollout that promoted it, whatever it says of it', async () => {
      const id = randomUUID();
      const running = `insert into rollouts (id, model, version, champion_version, validation_id, status)
        values (?, ?, ?, ?, ?, 'running'); `;
      const bindings = [id, model, proved.version, baseline, proved.validationId];
      const transaction = await database.db.transaction();
      try {
        await transaction.raw(running, bindings);
        const champion = [model, proved.version, null, id, 'promoted'];
        await assert.rejects(Promise.resolve(transaction.raw(insertChampion, champion)), foreignKey);
      } finally {
        await transaction.rollback();
      }
      await refuses(check, insertChampion, [model, proved.version, null, id, 'running']);
      await refuses(check, insertChampion, [model, proved.version, null, id, null]);
    });
  });

  describe('a deployment', () => {
    it('needs a proved champion', async () => {
      await refuses(foreignKey, insertDeployment, [model, proved.version, null, 0, null]);
    });

    it('needs a rollout for its challenger', async () => {
      await refuses(check, insertDeployment, [model, baseline, proved.version, 0.05, null]);
      await refuses(foreignKey, insertDeployment, [model, baseline, proved.version, 0.05, randomUUID()]);
    });

    it('gives no traffic to a challenger it has not, and no more than all to one it has', async () => {
      await refuses(check, insertDeployment, [model, baseline, null, 0.5, null]);
      await refuses(check, insertDeployment, [model, baseline, proved.version, 1.1, randomUUID()]);
    });
  });

  it('keeps what it rests on: decisions, deployments, champions, versions and verdicts are never changed', async () => {
    const { db } = database;
    for (const table of ['deployments', 'champions', 'model_versions', 'validations']) {
      await refuses(appendOnly, `update ${table} set created_at = now()`, []);
      await refuses(appendOnly, `delete from ${table}`, []);
    }
    const id = randomUUID();
    const transaction = await db.transaction();
    try {
      const values = [id, model, proved.version, baseline, proved.validationId, 'passed'];
      await transaction.raw(insertRollout, values);
      await transaction.raw(
        `insert into rollout_decisions (rollout_id, sequence, stage, action, reason, evidence) values (?, 0, 0, 'hold', 'no data', '{}')`,
        [id],
      );
      await assert.rejects(
        Promise.resolve(transaction.raw(`update rollout_decisions set action = 'continue'`)),
        appendOnly,
      );
    } finally {
      await transaction.rollback();
    }
  });
});

describe('invariant 3: no training on data without a version and lineage', () => {
  it('a run needs a dataset version', async () => {
    const runId = await registry.addRun();
    const values = [randomUUID(), 'f'.repeat(64), runId];
    await refuses(
      foreignKey,
      `insert into runs (id, model, definition_digest, training_dataset_id, trainer, params, seed, status, workflow_id)
       select ?, model, definition_digest, ?, trainer, params, seed, status, workflow_id from runs where id = ?`,
      values,
    );
  });

  it('a version needs a run', async () => {
    await refuses(
      foreignKey,
      `insert into model_versions (model, version, kind, run_id, definition_digest, artifact_sha256, signature)
       select model, 99, kind, ?, definition_digest, artifact_sha256, signature from model_versions where version = 1`,
      [randomUUID()],
    );
  });
});
