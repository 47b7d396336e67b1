import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import pg from 'pg';
import { deploymentChannel } from '../../src/domain/names.js';
import {
  deploy,
  listDeployments,
  readDeployment,
  readPreviousChampion,
  recordChampion,
  requireDeployment,
} from '../../src/store/deployments.js';
import { registerDefinition } from '../../src/store/models.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { lateness, registerModel, servingAlone, type RegisteredModel } from '../support/registry.js';

const model = 'lateness';
let database: TestDatabase;
let registry: RegisteredModel;
let baseline: number;
beforeEach(async () => {
  database = await createTestDatabase();
  registry = await registerModel(database.db);
  baseline = await registry.deployBaseline();
});
afterEach(() => database.drop());

test('invariant 8: activities may run twice: a key makes one epoch, however often and whenever it is used', async () => {
  const { db } = database;
  const change = () => Promise.resolve(servingAlone(baseline));
  const epochs = await Promise.all(Array.from({ length: 6 }, () => deploy(db, model, 'key', change)));
  assert.deepEqual(new Set(epochs.map(({ epoch }) => epoch)), new Set([2]));
  await deploy(db, model, 'another', change);
  assert.equal((await deploy(db, model, 'key', change)).epoch, 2);
  assert.equal((await requireDeployment(db, model)).epoch, 3);
});

test('changes at the same time follow one another: each sees the one before', async () => {
  const { db } = database;
  await Promise.all(
    Array.from({ length: 12 }, (_, i) =>
      deploy(db, model, `key ${String(i)}`, (current) =>
        Promise.resolve({ ...servingAlone(baseline), reason: `after ${String(current?.epoch)}` }),
      ),
    ),
  );
  const rows = await db('deployments')
    .orderBy('epoch')
    .select<{ epoch: number; reason: string }[]>('epoch', 'reason');
  assert.equal(rows.length, 13);
  for (const { epoch, reason } of rows.slice(1)) assert.equal(reason, `after ${String(epoch - 1)}`);
});

test('a change that decides for what is there adds no epoch', async () => {
  const { db } = database;
  const { epoch } = await deploy(db, model, 'nothing', () => Promise.resolve(null));
  assert.equal(epoch, 1);
});

test('a change that fails leaves nothing of what it wrote', async () => {
  const { db } = database;
  const version = await registry.addVersion({ kind: 'baseline' });
  const failing = deploy(db, model, 'failing', async (_, transaction) => {
    await recordChampion(transaction, { model, version, rolloutId: null });
    throw new Error('no');
  });
  await assert.rejects(failing, /no/);
  assert.equal((await db('champions').where({ version })).length, 0);
  assert.equal((await requireDeployment(db, model)).epoch, 1);
});

test('the champion before is the one that served before this one first did, through rollbacks', async () => {
  const { db } = database;
  assert.equal(await readPreviousChampion(db, model, baseline), null);
  const second = await registry.promoteNext(baseline);
  const third = await registry.promoteNext(second);
  assert.equal(await readPreviousChampion(db, model, third), second);
  await deploy(db, model, 'back', () => Promise.resolve(servingAlone(second)));
  assert.equal(await readPreviousChampion(db, model, second), baseline);
});

test('every new epoch is announced to whoever listens', async () => {
  const { db } = database;
  const listener = new pg.Client({ connectionString: database.url });
  await listener.connect();
  try {
    await listener.query(`listen ${deploymentChannel}`);
    const announced = new Promise<string | undefined>((resolve) => {
      listener.once('notification', (message: pg.Notification) => resolve(message.payload));
    });
    await deploy(db, model, 'announced', () => Promise.resolve(servingAlone(baseline)));
    assert.equal(await announced, `${model}:2`);
  } finally {
    await listener.end();
  }
});

test('a model that is not deployed is told from one that is not there', async () => {
  const { db } = database;
  await registerDefinition(db, { ...lateness, name: 'idle' });
  assert.equal(await readDeployment(db, 'idle'), null);
  await assert.rejects(requireDeployment(db, 'idle'), { code: 'NotFound', message: /tempered train idle/ });
  await assert.rejects(requireDeployment(db, 'nobody'), { code: 'NotFound', message: /no model "nobody"/ });
  assert.deepEqual(
    (await listDeployments(db)).map((deployment) => [deployment.model, deployment.epoch]),
    [[model, 1]],
  );
});
