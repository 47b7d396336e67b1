import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import {
  beginRollout,
  endRollout,
  readLatestRollout,
  readRollout,
  readRunningRollout,
  recordRolloutDecision,
  requireRollout,
} from '../../src/store/rollouts.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { registerModel } from '../support/registry.js';

const model = 'lateness';
let database: TestDatabase;
let rollout: Parameters<typeof beginRollout>[1];
before(async () => {
  database = await createTestDatabase();
  const { db } = database;
  const registry = await registerModel(db);
  const championVersion = await registry.deployBaseline();
  const version = await registry.addVersion();
  const validationId = await registry.addValidation({ version, championVersion, verdict: 'passed' });
  rollout = { id: randomUUID(), model, version, championVersion, validationId };
});
after(() => database.drop());

test('invariant 8: activities may run twice: a rollout begins, decides and ends once', async () => {
  const { db } = database;
  const silent = { version: 1, requests: 0, failed: 0, latencyP99Ms: null, outcomes: 0 };
  const arm = { ...silent, meanLogLoss: null, logLossVariance: null };
  const decision = {
    sequence: 0,
    stage: 0,
    action: 'hold',
    reason: 'no data',
    evidence: {
      stage: { champion: arm, challenger: arm },
      decision: { action: 'hold', reason: 'no data', logLossDifference: null },
    },
  } as const;
  for (const attempt of [1, 2]) {
    await beginRollout(db, rollout);
    await recordRolloutDecision(db, rollout.id, { ...decision, reason: `attempt ${String(attempt)}` });
  }
  assert.equal((await readRunningRollout(db, model))?.id, rollout.id);
  const latest = await readLatestRollout(db, model);
  assert.deepEqual(
    latest?.decisions.map(({ sequence, reason }) => [sequence, reason]),
    [[0, 'attempt 1']],
  );

  await endRollout(db, rollout.id, 'rolled-back', 'worse');
  await endRollout(db, rollout.id, 'promoted', 'never mind');
  const { status, reason } = await requireRollout(db, rollout.id);
  assert.deepEqual([status, reason], ['rolled-back', 'worse']);
  assert.equal(await readRunningRollout(db, model), null);
});

test('a second rollout of the model is told to wait, and may begin when the first has ended', async () => {
  const { db } = database;
  const [first, second] = [randomUUID(), randomUUID()];
  await beginRollout(db, { ...rollout, id: first });
  await assert.rejects(beginRollout(db, { ...rollout, id: second }), {
    code: 'Conflict',
    message: /tempered rollback lateness/,
  });
  await endRollout(db, first, 'rolled-back', 'worse');
  await beginRollout(db, { ...rollout, id: second });
  assert.equal((await requireRollout(db, second)).status, 'running');
});

test('a rollout that is not there', async () => {
  const { db } = database;
  assert.equal(await readRollout(db, randomUUID()), null);
  await assert.rejects(requireRollout(db, randomUUID()), { code: 'NotFound' });
});
