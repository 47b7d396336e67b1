import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { inferenceResponseSchema } from '../../src/api/inferenceSchemas.js';
import { createApiKey } from '../../src/store/apiKeys.js';
import type { Database } from '../../src/store/database.js';
import { createTestDatabase } from '../support/database.js';
import { createServedModel } from '../support/servedModel.js';
import { createTestGateway, inferenceRequest } from '../support/testGateway.js';
import { waitFor } from '../support/waitFor.js';

const gatewayProcess = fileURLToPath(new URL('../support/gatewayProcess.js', import.meta.url));
const recorderBackends = `from pg_stat_activity where application_name = 'tempered recorder' and datname = current_database()`;

describe('invariant 1: no answer without its record', () => {
  it('holds through kill -9 of the gateway under load', async () => {
    await killUnderLoad(() => Promise.resolve(() => Promise.resolve()));
  });

  it('holds through kill -9 of the gateway under load, while PostgreSQL keeps its commits waiting', async () => {
    await killUnderLoad(async (db) => {
      const lock = await lockPredictions(db);
      await recorderWaits(db);
      return () => lock.rollback().then(() => undefined);
    });
  });

  it('answers only after the commit, and 503 when PostgreSQL ends the recording', async () => {
    const gateway = await createTestGateway();
    const { db } = gateway.database;
    const lock = await lockPredictions(db);
    try {
      let answered = 0;
      const responses = Array.from({ length: 10 }, async (_, i) => {
        const response = await gateway.infer(inferenceRequest(1 + (i % 3)));
        answered++;
        return response;
      });
      await recorderWaits(db);
      assert.equal(answered, 0);

      await waitFor('all requests to be answered', async () => {
        await db.raw(`select pg_terminate_backend(pid) ${recorderBackends}`);
        return answered === responses.length;
      });
      for (const response of await Promise.all(responses)) {
        assert.equal(response.status, 503);
        assert.equal(response.headers.get('retry-after'), '1');
        assert.match(await response.text(), /cannot be recorded, so it is not answered/);
      }
      await lock.rollback();

      const response = await gateway.infer(inferenceRequest());
      assert.equal(response.status, 200);
      await assertRecorded(
        db,
        inferenceResponseSchema.parse(await response.json()).parameters.prediction_ids,
      );
      assert.equal(await countPredictions(db), 1);
    } finally {
      await lock.rollback();
      await gateway.close();
    }
  });

  it('holds while PostgreSQL ends connections under load', async () => {
    const gateway = await createTestGateway();
    const { db } = gateway.database;
    try {
      const acknowledged: string[] = [];
      const statuses = new Set<number>();
      let running = true;
      const clients = Array.from({ length: 8 }, async (_, i) => {
        while (running) {
          const response = await gateway.infer(inferenceRequest(1 + (i % 3)));
          statuses.add(response.status);
          const body: unknown = await response.json();
          if (response.ok)
            acknowledged.push(...inferenceResponseSchema.parse(body).parameters.prediction_ids);
        }
      });
      for (let terminated = 1; terminated <= 10; terminated++) {
        await waitFor('more answers', () => Promise.resolve(acknowledged.length > terminated * 50));
        await db.raw(`select pg_terminate_backend(pid) ${recorderBackends}`);
      }
      running = false;
      await Promise.all(clients);
      for (const status of statuses) assert.ok(status === 200 || status === 503, `status ${status}`);
      await assertRecorded(db, acknowledged);
    } finally {
      await gateway.close();
    }
  });
});

/**
 * Loads a gateway process from eight connections, and kills it after a thousand acknowledged rows.
 *
 * @param beforeKill - brings about the state to kill it in; answers how to end that state
 */
async function killUnderLoad(beforeKill: (db: Database) => Promise<() => Promise<void>>): Promise<void> {
  const database = await createTestDatabase();
  const { db, url: databaseUrl } = database;
  const served = await createServedModel(db);
  await served.addVersion(0.25);
  await served.deployChampion(1);
  const { key } = await createApiKey(db, { name: 'load', scopes: ['predict'] });
  const child = fork(gatewayProcess, {
    env: { ...process.env, DATABASE_URL: databaseUrl, TEMPERED_ARTIFACTS: served.artifactsDirectory },
  });
  try {
    const [{ url }] = z
      .tuple([z.object({ url: z.string() })])
      .rest(z.unknown())
      .parse(await once(child, 'message'));
    const acknowledged: string[] = [];
    const clients = Promise.all(
      Array.from({ length: 8 }, (_, i) => sendUntilBroken(url, key, 1 + (i % 3), acknowledged)),
    );
    await waitFor('a thousand answers', () => Promise.resolve(acknowledged.length > 1000));
    const endState = await beforeKill(db);
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    await clients;
    await endState();
    await assertRecorded(db, acknowledged);
  } finally {
    child.kill('SIGKILL');
    await served.remove();
    await database.drop();
  }
}

/** Sends request after request, and notes the acknowledged predictions, until the gateway is gone. */
async function sendUntilBroken(
  url: string,
  key: string,
  rows: number,
  acknowledged: string[],
): Promise<void> {
  try {
    for (;;) {
      const response = await fetch(`${url}/v2/models/arrival/infer`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}` },
        body: JSON.stringify(inferenceRequest(rows)),
      });
      assert.equal(response.status, 200);
      acknowledged.push(...inferenceResponseSchema.parse(await response.json()).parameters.prediction_ids);
    }
  } catch (error) {
    // The connection breaks when the process is killed; anything else is a finding.
    if (!(error instanceof TypeError)) throw error;
  }
}

/** Keeps every insert waiting until it is rolled back. */
async function lockPredictions(db: Database) {
  const lock = await db.transaction();
  await lock.raw('lock table predictions in access exclusive mode');
  return lock;
}

/** Waits until both of the recorder's connections wait for the lock. */
async function recorderWaits(db: Database): Promise<void> {
  await waitFor('the recorder to wait for the lock', async () => {
    const { rows } = await db.raw<{ rows: unknown[] }>(
      `select 1 ${recorderBackends} and wait_event_type = 'Lock'`,
    );
    return rows.length === 2;
  });
}

async function assertRecorded(db: Database, acknowledged: readonly string[]): Promise<void> {
  const recorded = await db('predictions').where({ status: 'answered' }).pluck<string[]>('id');
  const missing = new Set(acknowledged);
  for (const id of recorded) missing.delete(id);
  assert.deepEqual([...missing], []);
}

async function countPredictions(db: Database): Promise<number> {
  return (await db('predictions').pluck('id')).length;
}
