import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import pino from 'pino';
import { ReplicaLease } from '../../src/api/serving/replicaLease.js';
import { readAcknowledgement } from '../../src/store/gateways.js';
import { createTestDatabase } from '../support/database.js';
import { createTestGateway, inferenceRequest } from '../support/testGateway.js';
import { waitFor } from '../support/waitFor.js';

describe('invariant 6: a gateway the world does not wait for does not answer', () => {
  it('answers nothing after its lease ended, and answers again once it renewed and caught up', async () => {
    const gateway = await createTestGateway();
    const { db } = gateway.database;
    const { version } = await gateway.served.addVersion(0.75);
    const status = async () => (await gateway.infer(inferenceRequest())).status;
    assert.equal(await status(), 200);
    const lock = await db.transaction();
    let epoch: number;
    try {
      await lock.raw('select id from gateway_replicas for no key update');
      await waitFor('the gateway to fence itself', async () => (await status()) === 503);
      const response = await gateway.infer(inferenceRequest());
      assert.equal(response.status, 503);
      assert.equal(response.headers.get('retry-after'), '1');
      assert.match(await response.text(), /does not hold its lease/);
      assert.equal((await gateway.request('/v2/health/ready')).status, 503);

      await waitFor('PostgreSQL to count the gateway as gone', async () => {
        return (await readAcknowledgement(db, gateway.served.model, 1)).liveReplicas === 0;
      });
      const { rows } = await db.raw<{ rows: { late: number }[] }>(
        `select count(*)::int as late from predictions, gateway_replicas
         where status = 'answered' and recorded_at >= lease_expires_at`,
      );
      assert.deepEqual(rows, [{ late: 0 }]);
      // The world moves on while the gateway is away: its first answer is of the new epoch.
      epoch = await gateway.served.deployChallenger(version, 1);
    } finally {
      await lock.rollback();
    }
    await waitFor('the gateway to answer again', async () => (await status()) === 200);
    const epochs = await db('predictions')
      .where({ status: 'answered' })
      .orderBy('recorded_at', 'desc')
      .pluck<number[]>('epoch');
    assert.equal(epochs[0], epoch);
    await gateway.close();
  });

  it('holds a lease only when it has caught up with the deployments', async () => {
    const database = await createTestDatabase();
    const { db } = database;
    let finish: () => void = () => undefined;
    const caughtUp = new Promise<void>((resolve) => (finish = resolve));
    const lease = new ReplicaLease({
      db,
      replicaId: randomUUID(),
      catchUp: () => caughtUp,
      log: pino({ level: 'silent' }),
    });
    try {
      const started = lease.start('http://127.0.0.1:1');
      await waitFor(
        'the replica to be entered',
        async () => (await db('gateway_replicas').first('id')) !== undefined,
      );
      assert.equal(lease.held, false);
      assert.throws(() => lease.assertHeld(), { code: 'Unavailable' });
      finish();
      await started;
      assert.equal(lease.held, true);
    } finally {
      await lease.end();
      assert.equal(lease.held, false);
      await database.drop();
    }
  });
});
