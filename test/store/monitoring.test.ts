import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { WindowReport } from '../../src/domain/monitoring.js';
import {
  listWindows,
  readLastRetraining,
  readLastWindowEnd,
  recordRetraining,
  recordWindow,
} from '../../src/store/monitoring.js';
import { listValidations, readLatestValidation } from '../../src/store/validations.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { registerModel, type RegisteredModel } from '../support/registry.js';

const model = 'lateness';
let database: TestDatabase;
let registry: RegisteredModel;
let version: number;
before(async () => {
  database = await createTestDatabase();
  registry = await registerModel(database.db);
  version = await registry.deployBaseline();
});
after(() => database.drop());

const report: WindowReport = {
  window: { from: '2001-01-01T00:00:00.000Z', to: '2001-01-02T00:00:00.000Z' },
  predictions: 1000,
  outcomes: 1000,
  columns: [{ column: 'x', psi: 0.3, ks: null }],
  logLossIncrease: { estimate: 0.1, lower: 0.06, upper: 0.14 },
  positiveRate: 0.3,
  status: 'drifted',
  reason: '1 of 1 columns drifted',
  driftedColumns: ['x'],
};

test('invariant 8: activities may run twice: a window and its retraining are recorded once', async () => {
  const { db } = database;
  assert.equal(await readLastWindowEnd(db, model, version), null);
  assert.equal(await readLastRetraining(db, model), null);
  const retraining = { model, championVersion: version, window: report.window, reason: report.reason };
  for (const status of ['drifted', 'stable'] as const) {
    await recordWindow(db, model, version, { ...report, status });
    await recordRetraining(db, { ...retraining, id: randomUUID(), workflowId: `lifecycle of ${status}` });
  }
  const windows = await listWindows(db, model);
  assert.deepEqual(
    windows.map(({ report: recorded }) => recorded),
    [report],
  );
  assert.deepEqual(await db('retrainings').pluck('workflow_id'), ['lifecycle of drifted']);
  assert.equal((await readLastWindowEnd(db, model, version))?.toISOString(), report.window.to);
  assert.equal((await readLastRetraining(db, model))?.toISOString(), report.window.to);
});

test('invariant 8: activities may run twice: a verdict is recorded once, and the newest one counts', async () => {
  const { db } = database;
  const candidate = await registry.addVersion();
  const verdictOn = (verdict: 'failed' | 'passed', id?: string) =>
    registry.addValidation({ version: candidate, championVersion: version, verdict }, id);
  assert.equal(await readLatestValidation(db, model, candidate), null);
  const first = await verdictOn('failed');
  await verdictOn('passed', first);
  assert.equal((await readLatestValidation(db, model, candidate))?.verdict, 'failed');
  const second = await verdictOn('passed');
  assert.equal((await readLatestValidation(db, model, candidate))?.id, second);
  assert.deepEqual(
    (await listValidations(db, model)).map(({ id }) => id),
    [second, first],
  );
});
