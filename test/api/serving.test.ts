import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type InferenceResponse, inferenceResponseSchema } from '../../src/api/inferenceSchemas.js';
import { readAcknowledgement } from '../../src/store/gateways.js';
import { type TestGateway, createTestGateway, inferenceRequest } from '../support/testGateway.js';
import { waitFor } from '../support/waitFor.js';

describe('serving', () => {
  let gateway: TestGateway;
  const rates = new Map<string, number>();

  const addVersion = async (rate: number) => {
    const added = await gateway.served.addVersion(rate);
    rates.set(String(added.version), Math.fround(rate));
    return added;
  };
  const predict = async (routingKey?: string): Promise<InferenceResponse> => {
    const response = await gateway.infer(inferenceRequest(1, { parameters: { routing_key: routingKey } }));
    assert.equal(response.status, 200, await response.clone().text());
    const answer = inferenceResponseSchema.parse(await response.json());
    assert.equal(
      answer.outputs[0]?.data[0],
      rates.get(answer.model_version),
      'the version named is the one that answered',
    );
    return answer;
  };
  const settled = (epoch: number) =>
    waitFor(`epoch ${epoch} to be taken over or refused`, async () => {
      const { db } = gateway.database;
      const acknowledgement = await readAcknowledgement(db, gateway.served.model, epoch);
      return acknowledgement.acknowledgedReplicas + acknowledgement.refusals.length === 1 && acknowledgement;
    });

  beforeEach(async () => {
    rates.clear();
    rates.set('1', 0.25);
    gateway = await createTestGateway({ inferenceThreads: 2 });
  });
  afterEach(() => gateway.close());

  it('swaps versions again and again under load without a failed request', async () => {
    let running = true;
    const seen = new Set<string>();
    const clients = Array.from({ length: 8 }, async (_, client) => {
      for (let i = 0; running; i++) seen.add((await predict(`${client}/${i % 20}`)).model_version);
    });
    const failure = Promise.all(clients);
    const swaps = async () => {
      for (let i = 1; i <= 8; i++) {
        const { version } = await addVersion(i / 10);
        await settled(await gateway.served.deployChallenger(version, 0.5));
        await settled(await gateway.served.deployChampion(version));
        await waitFor('the new champion to answer', () => Promise.resolve(seen.has(String(version))));
      }
    };
    await Promise.race([swaps(), failure]);
    running = false;
    await failure;
    assert.equal(seen.size, 9);
  });

  it('keeps a routing key on its arm while the challenger grows, and uses what the epoch says', async () => {
    const { version } = await addVersion(0.75);
    const keys = Array.from({ length: 60 }, (_, i) => `key ${i}`);
    const challenged = async (weight: number) => {
      const epoch = await gateway.served.deployChallenger(version, weight);
      await settled(epoch);
      const answers = await Promise.all(keys.map((key) => predict(key)));
      for (const { parameters, model_version } of answers) {
        assert.equal(parameters.epoch, epoch);
        assert.equal(model_version, parameters.arm === 'challenger' ? String(version) : '1');
      }
      return new Set(keys.filter((_, i) => answers[i]?.parameters.arm === 'challenger'));
    };
    const few = await challenged(0.2);
    const more = await challenged(0.6);
    assert.ok(few.size > 0 && few.size < more.size && more.size < keys.length);
    for (const key of few) assert.ok(more.has(key), `${key} stays with the challenger`);
    assert.equal((await challenged(1)).size, keys.length);
  });

  it('never loads a corrupted artifact: it refuses the epoch with the reason and serves what it had', async () => {
    const { version, sha256 } = await addVersion(0.75);
    const file = `${gateway.served.artifactsDirectory}/sha256/${sha256.slice(0, 2)}/${sha256}`;
    await chmod(file, 0o644);
    await writeFile(file, 'damaged');
    const epoch = await gateway.served.deployChallenger(version, 1);
    const { refusals, acknowledgedReplicas } = await settled(epoch);
    assert.equal(acknowledgedReplicas, 0);
    assert.equal(refusals[0]?.replicaId, gateway.gateway.replicaId);
    assert.match(refusals[0].reason, new RegExp(sha256));
    assert.deepEqual((await predict()).parameters.epoch, 1);

    const next = await gateway.served.deployChallenger((await addVersion(0.5)).version, 1);
    assert.equal((await settled(next)).acknowledgedReplicas, 1);
    assert.equal((await predict()).parameters.epoch, next);
  });

  it('rolls back to the champion in memory, even if its file was damaged since', async () => {
    const { version } = await addVersion(0.75);
    await settled(await gateway.served.deployChallenger(version, 1));
    const [sha256 = ''] = await gateway.database
      .db('model_versions')
      .where({ version: 1 })
      .pluck<string[]>('artifact_sha256');
    const file = `${gateway.served.artifactsDirectory}/sha256/${sha256.slice(0, 2)}/${sha256}`;
    await chmod(file, 0o644);
    await writeFile(file, 'damaged');
    const epoch = await gateway.served.deployChampion(1);
    assert.equal((await settled(epoch)).acknowledgedReplicas, 1);
    assert.equal((await predict()).model_version, '1');
  });

  it('follows deployments after its connection for notifications broke', async () => {
    const { db } = gateway.database;
    await db.raw(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'tempered listener' and datname = current_database()`,
    );
    const epoch = await gateway.served.deployChallenger((await addVersion(0.75)).version, 0.5);
    assert.equal((await settled(epoch)).acknowledgedReplicas, 1);
    await waitFor('the listener to be back', async () => {
      const { rows } = await db.raw<{ rows: unknown[] }>(
        `select 1 from pg_stat_activity where application_name = 'tempered listener' and datname = current_database()`,
      );
      return rows.length === 1;
    });
  });

  it('finishes what is under way when it closes, and gives its lease back', async () => {
    const { db } = gateway.database;
    const lock = await db.transaction();
    await lock.raw('lock table predictions in access exclusive mode');
    const response = gateway.infer(inferenceRequest());
    await waitFor('the request to reach the recorder', async () => {
      const { rows } = await db.raw<{ rows: unknown[] }>(
        `select 1 from pg_stat_activity
         where application_name = 'tempered recorder' and datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rows.length === 1;
    });
    const closed = gateway.gateway.close();
    await lock.rollback();
    assert.equal((await response).status, 200);
    await closed;
    assert.equal((await db('predictions').where({ status: 'answered' })).length, 1);
    assert.equal((await readAcknowledgement(db, gateway.served.model, 1)).liveReplicas, 0);
    await assert.rejects(gateway.infer(inferenceRequest()), TypeError);
  });
});
