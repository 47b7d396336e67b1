import { randomUUID } from 'node:crypto';
import { createApiKey } from '../../src/store/apiKeys.js';
import type { Database } from '../../src/store/database.js';
import type { Arm } from '../../src/domain/deployment.js';

/** Adds predictions as a gateway would have answered them. @returns their ids */
export async function addPredictions(
  db: Database,
  answered: { model: string; version: number; arm: Arm; epoch: number },
  count = 1,
): Promise<string[]> {
  const { id: apiKeyId } = await createApiKey(db, { name: 'customer', scopes: ['predict'] });
  const ids = Array.from({ length: count }, () => randomUUID());
  await db('predictions').insert(
    ids.map((id) => ({
      ...answered,
      id,
      request_id: randomUUID(),
      event_time: new Date(),
      status: 'answered',
      inputs: { secret: 'of a person' },
      outputs: {},
      score: 0.5,
      latency_ms: 1,
      api_key_id: apiKeyId,
    })),
  );
  return ids;
}
