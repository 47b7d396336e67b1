import { randomUUID } from 'node:crypto';
import type { Arm, Deployment } from '../../src/domain/deployment.js';
import type { Database } from '../../src/store/database.js';
import { readDeployment } from '../../src/store/deployments.js';
import type { PredictionStatus } from '../../src/store/predictions.js';
import { waitFor } from './waitFor.js';

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

/** Just after the last row of test/support/rows.ts, so that what was served does not limit what can be trained on. */
const afterTheRows = '2001-01-29T00:00:00Z';

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
          observed_at: eventTime ?? afterTheRows,
          api_key_id: apiKeyId,
        })),
      500,
    );
  });
}

/**
 * Rows whose labels alternate. Right answers lie near their label and wrong ones far from it, each with some
 * spread, so that both arms have a variance.
 */
export function answers(
  answered: Pick<RecordedRow, 'arm' | 'version' | 'epoch'> & { rows: number; right: boolean },
): RecordedRow[] {
  const { arm, version, epoch, rows, right } = answered;
  return Array.from({ length: rows }, (_, i) => {
    const label = i % 2 === 0 ? 0 : 1;
    const near = 0.75 + 0.03 * (i % 7);
    return { arm, version, epoch, label, score: (label === 1) === right ? near : 1 - near };
  });
}

/**
 * Plays the traffic of a rollout: once for each stage, what both arms answered in it, until the workflow has ended.
 *
 * @param trafficOf - the rows recorded in a stage, given its deployment
 */
export async function underTraffic<Result>(
  db: Database,
  model: string,
  ended: Promise<Result>,
  trafficOf: (stage: Deployment) => RecordedRow[],
): Promise<Result> {
  let answeredEpoch = 0;
  let over = false;
  const watched = ended.finally(() => {
    over = true;
  });
  await waitFor(`the rollout of ${model} ends`, async () => {
    const stage = await readDeployment(db, model);
    if (stage !== null && stage.challengerVersion !== null && stage.epoch > answeredEpoch) {
      await recordTraffic(db, model, trafficOf(stage));
      answeredEpoch = stage.epoch;
    }
    return over;
  });
  return watched;
}

/** Traffic of a stage in which the champion answers rightly, and the challenger so or not. */
export function stageTraffic(stage: Deployment, challengerRight: boolean, rows = 200): RecordedRow[] {
  const { epoch, championVersion, challengerVersion } = stage;
  return [
    ...answers({ arm: 'champion', version: championVersion, epoch, rows, right: true }),
    ...answers({ arm: 'challenger', version: challengerVersion ?? 0, epoch, rows, right: challengerRight }),
  ];
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
    event_time: row.eventTime ?? afterTheRows,
    status,
    error: answered ? null : 'refused by the test',
    inputs: row.inputs ?? {},
    outputs: answered ? { score: row.score } : null,
    score: answered ? row.score : null,
    latency_ms: row.latencyMs ?? 1,
    api_key_id: apiKeyId,
  };
}
