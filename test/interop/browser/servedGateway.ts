import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { createApiKey, type Scope } from '../../../src/store/apiKeys.js';
import type { Database } from '../../../src/store/database.js';
import { createTestDatabase } from '../../support/database.js';
import { createServedModel, type ServedModelFixture } from '../../support/servedModel.js';

export interface ServedGateway {
  /** Without a slash at its end. */
  url: string;
  db: Database;
  served: ServedModelFixture;
  keyFor(scope: Scope): Promise<string>;
  close(): Promise<void>;
}

const program = fileURLToPath(new URL('../../support/gatewayProcess.js', import.meta.url));
const started = z.tuple([z.object({ url: z.string() })]).rest(z.unknown());

/** A gateway as a process of its own, over a database in which version 1 of a model is deployed. */
export async function startServedGateway(): Promise<ServedGateway> {
  const database = await createTestDatabase();
  const { db } = database;
  const served = await createServedModel(db);
  await served.addVersion(0.25);
  await served.deployChampion(1);
  const child = fork(program, {
    env: { ...process.env, DATABASE_URL: database.url, TEMPERED_ARTIFACTS: served.artifactsDirectory },
  });
  const [{ url }] = started.parse(await once(child, 'message'));
  return {
    url,
    db,
    served,
    keyFor: async (scope) => (await createApiKey(db, { name: scope, scopes: [scope] })).key,
    async close() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      await served.remove();
      await database.drop();
    },
  };
}
