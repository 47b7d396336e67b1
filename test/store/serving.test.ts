import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readDeploymentEpoch } from '../../src/store/deployments.js';
import { readServingAt, requireServingAt } from '../../src/store/serving.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { createServedModel, type ServedModelFixture } from '../support/servedModel.js';

let database: TestDatabase;
let served: ServedModelFixture;
before(async () => {
  database = await createTestDatabase();
  served = await createServedModel(database.db);
  await served.addVersion(0.25);
  await served.addVersion(0.5);
});
after(async () => {
  await served.remove();
  await database.drop();
});

const epochAt = async (at: Date) => (await readServingAt(database.db, served.model, at))?.epoch ?? null;
const shifted = (moment: Date, ms: number) => new Date(moment.getTime() + ms);

test('what served at any past moment is one query, exact at the edge of each epoch', async () => {
  const { db } = database;
  assert.equal(await epochAt(new Date()), null);
  await served.deployChampion(1);
  await served.deployChallenger(2, 0.25);
  await served.deployChampion(2);

  const began = await Promise.all(
    [1, 2, 3].map(async (epoch) => {
      const { createdAt } = await readDeploymentEpoch(db, served.model, epoch);
      return new Date(createdAt);
    }),
  );
  for (const [i, moment] of began.entries()) {
    assert.equal(await epochAt(moment), i + 1, 'an epoch serves from the moment it says');
    const before = await epochAt(shifted(moment, -1));
    assert.equal(before, i === 0 ? null : i, 'the moment before, the epoch before');
  }
  assert.equal(await epochAt(new Date()), 3);

  const during = await requireServingAt(db, served.model, began[1] ?? new Date());
  assert.deepEqual(
    [during.champion.version, during.challenger?.version, during.challenger?.weight],
    [1, 2, 0.25],
  );
  assert.deepEqual([during.from, during.until], [began[1], began[2]]);
  assert.equal((await requireServingAt(db, served.model, new Date())).until, null);
});

test('moments rise with epochs, however long a change waited for the one before it', async () => {
  const { db } = database;
  // Begins first, and is numbered last.
  const late = await db.transaction();
  await late.raw('select now()');
  await served.deployChampion(1);
  await late('deployments').insert({
    model: served.model,
    epoch: 5,
    champion_version: 2,
    challenger_weight: 0,
    cause: 'roll-back',
    reason: 'tests',
    actor: 'tests',
    idempotency_key: 'late',
  });
  await late.commit();
  const [four, five] = await Promise.all([4, 5].map((epoch) => readDeploymentEpoch(db, served.model, epoch)));
  assert.ok(four !== undefined && five !== undefined && four.createdAt <= five.createdAt);
  assert.equal(await epochAt(new Date(five.createdAt)), 5);
});

test('before the first deployment, and for a model that is not there, it says so', async () => {
  const { db } = database;
  await assert.rejects(requireServingAt(db, served.model, new Date(0)), {
    code: 'NotFound',
    message: /Nothing served "arrival" at 1970/,
  });
  await assert.rejects(readServingAt(db, 'nobody', new Date()), { code: 'NotFound', message: /no model/ });
});

test('it is answered from an index', async () => {
  const { rows } = await database.db.transaction(async (transaction) => {
    await transaction.raw('set local enable_seqscan = off');
    return transaction.raw<{ rows: { 'QUERY PLAN': string }[] }>(
      'explain select * from deployments where model = ? and created_at <= now() order by created_at desc, epoch desc limit 1',
      [served.model],
    );
  });
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  assert.match(plan, /deployments_by_time/);
  assert.doesNotMatch(plan, /Sort/);
});
