import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  acknowledgeEpoch,
  expireLease,
  readAcknowledgement,
  refuseEpoch,
  registerReplica,
  renewLease,
} from '../../src/store/gateways.js';
import { type TestDatabase, createTestDatabase } from '../support/database.js';
import { type ServedModelFixture, createServedModel } from '../support/servedModel.js';

describe('gateways', () => {
  let database: TestDatabase;
  let served: ServedModelFixture;

  before(async () => {
    database = await createTestDatabase();
    served = await createServedModel(database.db);
    for (const rate of [0.1, 0.2]) await served.addVersion(rate);
    await served.deployChampion(1);
    await served.deployChallenger(2, 0.5);
    await served.deployChampion(1);
  });
  after(async () => {
    await served.remove();
    await database.drop();
  });

  it('counts the live replicas, those that serve the epoch or a later one, and refusals of exactly it', async () => {
    const { db } = database;
    const { model } = served;
    const [a, b, c] = [randomUUID(), randomUUID(), randomUUID()];
    assert.deepEqual(await readAcknowledgement(db, model, 1), {
      epoch: 1,
      liveReplicas: 0,
      acknowledgedReplicas: 0,
      refusals: [],
    });
    for (const id of [a, b, c]) await registerReplica(db, { id, address: 'http://gateway', leaseMs: 60_000 });
    await acknowledgeEpoch(db, a, model, 1);
    await acknowledgeEpoch(db, b, model, 3);
    await refuseEpoch(db, c, model, 2, 'no such file');
    const summary = async (epoch: number) => {
      const { liveReplicas, acknowledgedReplicas, refusals } = await readAcknowledgement(db, model, epoch);
      return [liveReplicas, acknowledgedReplicas, refusals];
    };
    assert.deepEqual(await summary(1), [3, 2, []]);
    assert.deepEqual(await summary(2), [3, 1, [{ replicaId: c, reason: 'no such file' }]]);
    assert.deepEqual(await summary(3), [3, 1, []]);

    await acknowledgeEpoch(db, b, model, 2);
    assert.deepEqual(await summary(3), [3, 1, []], 'an older answer that comes late changes nothing');
    await expireLease(db, c);
    assert.deepEqual(await summary(2), [2, 1, []]);
    await renewLease(db, c, 60_000);
    await acknowledgeEpoch(db, c, model, 2);
    assert.deepEqual(await summary(2), [3, 2, []]);
  });
});
