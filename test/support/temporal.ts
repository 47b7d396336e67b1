import { Client, Connection } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import { ensureNamespace } from '../../src/workers/setUp.js';
import { requireEnvironment } from './environment.js';

export interface TestNamespace {
  address: string;
  namespace: string;
  client: Client;
  close(): Promise<void>;
}

/**
 * A new Temporal namespace with our search attributes. Namespaces keep workflows and task queues of different tests
 * apart; they go when test/run.ts stops its server, which holds them in memory.
 */
export async function createTestNamespace(): Promise<TestNamespace> {
  const address = requireEnvironment('TEMPERED_TEST_TEMPORAL_ADDRESS');
  const namespace = `test-${randomUUID()}`;
  const connection = await Connection.connect({ address });
  await ensureNamespace(connection, namespace);
  const client = new Client({ connection, namespace });
  return { address, namespace, client, close: () => connection.close() };
}
