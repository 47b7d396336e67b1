import { randomUUID } from 'node:crypto';
import type { Arm } from '../../src/domain/deployment.js';
import type { Database } from '../../src/store/database.js';
import type { PredictionStatus } from '../../src/store/predictions.js';

/** One recorded request of one row; `label` null: its outcome is not known. */
export interface RecordedRow {
  arm: Arm;
  version: number;
  epoch: number;
  score: number;
  label: 0 | 1 | null;
  eventTime?: string;
  inputs?: Record<string, unknown>;
  status?: PredictionStatus;
  latencyMs?: number;
}

/** Writes predictions and outcomes as a gateway and its clients would leave them. */
export async function recordTraffic(
  db: Database,
  model: string,
  rows: readonly RecordedRow[],
): Promise<void> {
  const apiKeyId = randomUUID();
  const recorded = rows.map((row) => ({ ...row, id: randomUUID() }));
  await db.transaction(async (transaction) => {
    await transaction('api_keys').insert({
      id: apiKeyId,
      name: 'tests',
      secret_sha256: '0'.repeat(64),
      scopes: ['predict'],
    });
    await transaction.batchInsert(
      'predictions',
      recorded.map((row) => predictionRow(row, model, apiKeyId)),
      500,
    );
    await transaction.batchInsert(
      'outcomes',
      recorded
        .filter(({ label }) => label !== null)
        .map(({ id, label, eventTime }) => ({
          prediction_id: id,
          label,
          observed_at: eventTime ?? '2001-01-01T00:00:00Z',
          api_key_id: apiKeyId,
        })),
      500,
    );
  });
}

function predictionRow(row: RecordedRow & { id: string }, model: string, apiKeyId: string) {
  const { status = 'answered' } = row;
  const answered = status === 'answered';
  return {
    id: row.id,
    request_id: row.id,
    model,
    version: row.version,
    arm: row.arm,
    epoch: row.epoch,
    event_time: row.eventTime ?? '2001-01-01T00:00:00Z',
    status,
    error: answered ? null : 'refused by the test',
    inputs: row.inputs ?? {},
    outputs: answered ? { score: row.score } : null,
    score: answered ? row.score : null,
    latency_ms: row.latencyMs ?? 1,
    api_key_id: apiKeyId,
  };
}
