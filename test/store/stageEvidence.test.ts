import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ArmSummary } from '../../src/domain/rollout.js';
import { logLossOf } from '../../src/statistics/classification.js';
import { readStageEvidence } from '../../src/store/stageEvidence.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { recordTraffic, type RecordedRow } from '../support/traffic.js';

const model = 'lateness';
const stage = { model, epoch: 2, championVersion: 1, challengerVersion: 2 };
let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
});
after(() => database.drop());

const silent = (version: number): ArmSummary => ({
  version,
  requests: 0,
  failed: 0,
  latencyP99Ms: null,
  outcomes: 0,
  meanLogLoss: null,
  logLossVariance: null,
});

test('invariant 5: no decision on no data: an arm without traffic has no loss and no latency', async () => {
  assert.deepEqual(await readStageEvidence(database.db, stage), {
    champion: silent(1),
    challenger: silent(2),
  });
});

test('each arm is summed up from what was recorded in this epoch, as statistics/ would', async () => {
  const { db } = database;
  const champion = { arm: 'champion', version: 1, epoch: 2 } as const;
  const challenger = { arm: 'challenger', version: 2, epoch: 2 } as const;
  // Scores of exactly 0 and 1 included: their loss is clipped, not infinite.
  const judged: RecordedRow[] = [0, 0.2, 0.9, 1].flatMap((score) =>
    ([0, 1] as const).map((label) => ({ ...challenger, score, label })),
  );
  await recordTraffic(db, model, [
    ...judged,
    { ...challenger, score: 0.5, label: null, latencyMs: 90 },
    { ...challenger, score: 0, label: null, status: 'failed' },
    { ...challenger, score: 0, label: null, status: 'rejected', latencyMs: 500 },
    { ...challenger, epoch: 3, score: 0.5, label: 1 },
    { ...champion, score: 0.5, label: 1 },
  ]);
  await recordTraffic(db, 'another', [{ ...challenger, score: 0.5, label: 1 }]);

  const evidence = await readStageEvidence(db, stage);
  const losses = judged.map(({ label, score }) => logLossOf(label ?? Number.NaN, score));
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  const variance = losses.reduce((sum, loss) => sum + (loss - mean) ** 2, 0) / (losses.length - 1);
  const { meanLogLoss, logLossVariance, ...counts } = evidence.challenger;
  assert.deepEqual(counts, { version: 2, requests: 10, failed: 1, latencyP99Ms: 90, outcomes: 8 });
  assert.ok(meanLogLoss !== null && Math.abs(meanLogLoss - mean) < 1e-6);
  assert.ok(logLossVariance !== null && Math.abs(logLossVariance - variance) < 1e-5);
  assert.deepEqual(evidence.champion, {
    ...silent(1),
    requests: 1,
    latencyP99Ms: 1,
    outcomes: 1,
    meanLogLoss: Math.log(2),
  });
});
