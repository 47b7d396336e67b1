import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { readCheckpointSha256, recordCheckpoint } from '../../src/store/runCheckpoints.js';
import { abandonRun } from '../../src/store/runs.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { registerModel, type RegisteredModel } from '../support/registry.js';

let database: TestDatabase;
let registry: RegisteredModel;
before(async () => {
  database = await createTestDatabase();
  registry = await registerModel(database.db);
});
after(() => database.drop());

const sha256Of = (text: string) => createHash('sha256').update(text).digest('hex');

function record(runId: string, epoch: number): Promise<void> {
  return recordCheckpoint(database.db, { runId, epoch, sha256: sha256Of(`checkpoint ${epoch}`), bytes: 3 });
}

test('a run goes on from its newest checkpoint, and refers to no other', async () => {
  const { db } = database;
  const runId = await registry.addRun();
  assert.equal(await readCheckpointSha256(db, runId), null);
  await record(runId, 1);
  await record(runId, 2);
  await record(runId, 2);
  assert.equal(await readCheckpointSha256(db, runId), sha256Of('checkpoint 2'));
  assert.deepEqual(await db('run_checkpoints').where({ run_id: runId }).select('epoch'), [{ epoch: 2 }]);
});

test('nothing refers to the checkpoints of a run that has ended', async () => {
  const { db } = database;
  const runId = await registry.addRun();
  await record(runId, 1);
  await abandonRun(db, runId, 'cancelled', 'by an operator');
  assert.equal(await readCheckpointSha256(db, runId), null);
  await record(runId, 2);
  assert.equal(await readCheckpointSha256(db, runId), null, 'a late attempt changes nothing');
});
