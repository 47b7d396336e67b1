import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
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
    const database = await createTestDatabase();
    const served = await createServedModel(database.db);
    await served.addVersion(0.25);
    await served.deployChampion(1);
    const { key } = await createApiKey(database.db, { name: 'load', scopes: ['predict'] });
    const child = fork(gatewayProcess, {
      env: { ...process.env, DATABASE_URL: database.url, TEMPERED_ARTIFACTS_DIR: served.artifactsDirectory },
    });
    try {
      const acknowledged = await loadUntilKilled(child, key);
      await assertRecorded(database.db, acknowledged);
    } finally {
      child.kill('SIGKILL');
      await served.remove();
      await database.drop();
    }
  });

  it('answers only after the commit, and 503 when PostgreSQL ends the recording', async () => {
    const gateway = await createTestGateway();
    const { db } = gateway.database;
    const lock = await db.transaction();
    try {
      await lock.raw('lock table predictions in access exclusive mode');
      let answered = 0;
      const responses = Array.from({ length: 10 }, async (_, i) => {
        const response = await gateway.infer(inferenceRequest(1 + (i % 3)));
        answered++;
        return response;
      });
      await waitFor('the recorder to wait for the lock', async () => {
        const { rows } = await db.raw<{ rows: unknown[] }>(
          `select 1 ${recorderBackends} and wait_event_type = 'Lock'`,
        );
        return rows.length === 2;
      });
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

/** Sends requests on eight connections, kills the process while they are under way. @returns the acknowledged ids */
async function loadUntilKilled(child: ChildProcess, key: string): Promise<string[]> {
  const [{ url }] = z
    .tuple([z.object({ url: z.string() })])
    .rest(z.unknown())
    .parse(await once(child, 'message'));
  const acknowledged: string[] = [];
  const send = async (rows: number): Promise<void> => {
    const response = await fetch(`${url}/v2/models/arrival/infer`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify(inferenceRequest(rows)),
    });
    assert.equal(response.status, 200);
    acknowledged.push(...inferenceResponseSchema.parse(await response.json()).parameters.prediction_ids);
    if (acknowledged.length > 1000) child.kill('SIGKILL');
  };
  const gone = once(child, 'exit');
  await Promise.all(
    Array.from({ length: 8 }, async (_, i) => {
      try {
        for (;;) await send(1 + (i % 3));
      } catch (error) {
        // The connection breaks when the process is killed; anything else is a finding.
        if (!(error instanceof TypeError)) throw error;
      }
    }),
  );
  await gone;
  assert.equal(child.signalCode, 'SIGKILL');
  assert.ok(acknowledged.length > 1000);
  return acknowledged;
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
