import pino from 'pino';
import type { ModelDefinitionInput } from '../../src/domain/modelDefinition.js';
import type { Scope } from '../../src/store/apiKeys.js';
import { createApiKey } from '../../src/store/apiKeys.js';
import type { Database } from '../../src/store/database.js';
import { type Gateway, type GatewayOptions, startGateway } from '../../src/api/startGateway.js';
import { type TestDatabase, createTestDatabase } from './database.js';
import { type ServedModelFixture, createServedModel } from './servedModel.js';

export interface TestGateway {
  database: TestDatabase;
  served: ServedModelFixture;
  gateway: Gateway;
  /** Keys by what they may do. */
  keys: Record<'predict' | 'status', string>;
  request(path: string, init?: RequestInit & { key?: string }): Promise<Response>;
  infer(body: unknown, init?: { key?: string; model?: string }): Promise<Response>;
  close(): Promise<void>;
}

/** What is served, where it is not test/support/servedModel.ts's own. */
export interface ServedOptions {
  definition: ModelDefinitionInput;
  /** Registers what the definition names. */
  prepare(db: Database): Promise<unknown>;
}

/** A gateway on a free port, over a database of its own in which version 1 of a model is deployed. */
export async function createTestGateway(
  options: Partial<GatewayOptions> = {},
  { definition, prepare }: Partial<ServedOptions> = {},
): Promise<TestGateway> {
  const database = await createTestDatabase();
  await prepare?.(database.db);
  const served = await createServedModel(database.db, definition);
  await served.addVersion(0.25);
  await served.deployChampion(1);
  const keyFor = async (scope: Scope): Promise<string> =>
    (await createApiKey(database.db, { name: scope, scopes: [scope] })).key;
  const keys = { predict: await keyFor('predict'), status: await keyFor('status') };
  const gateway = await startGateway({
    databaseUrl: database.url,
    host: '127.0.0.1',
    port: 0,
    inferenceThreads: 1,
    maxBodyBytes: 100_000,
    db: database.db,
    artifacts: served.artifacts,
    log: pino({ level: process.env.TEMPERED_LOG_LEVEL ?? 'silent' }),
    ...options,
  });
  const request: TestGateway['request'] = (path, { key, ...init } = {}) =>
    fetch(new URL(path, gateway.url), {
      ...init,
      headers: { ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
    });
  return {
    database,
    served,
    gateway,
    keys,
    request,
    infer: (body, { key = keys.predict, model = served.model } = {}) =>
      request(`/v2/models/${model}/infer`, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        key,
      }),
    async close() {
      await gateway.close();
      await served.remove();
      await database.drop();
    },
  };
}

/** A right request of `rows` rows, with some of it replaced. */
export function inferenceRequest(rows = 1, replaced: Record<string, unknown> = {}) {
  const column = (name: string, datatype: string, value: unknown) => ({
    name,
    datatype,
    shape: [rows, 1],
    data: Array.from({ length: rows }, () => value),
  });
  return {
    inputs: [
      column('distance', 'FP32', 850.1),
      column('age', 'FP32', null),
      column('hour', 'INT64', 3),
      column('origin', 'BYTES', 'ATL'),
    ],
    ...replaced,
  };
}
