import { WorkflowFailedError } from '@temporalio/client';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { controlTaskQueue } from '../../src/domain/names.js';
import { registerDefinition } from '../../src/store/models.js';
import { trainModel } from '../../src/workflows/index.js';
import { journeys } from '../support/journeys.js';
import { createPlatform, type Platform } from '../support/platform.js';
import { waitFor } from '../support/waitFor.js';
import { trainingProcessesOf } from '../training/childProcesses.js';

const withinMs = 5000;
let platform: Platform;
before(async () => {
  platform = await createPlatform({ gpu: true });
});
after(() => platform.close());

test('a training that is cancelled in the middle of a long epoch has ended within 5 seconds', async () => {
  const { db, client } = platform;
  // One epoch of this takes minutes: 3,360 batches of one row, each moving two million weights.
  const { name: model } = await registerDefinition(
    db,
    journeys({ trainer: { name: 'mlp', epochs: 1, batchSize: 1, hiddenUnits: [1024, 1024, 1024] } }),
  );
  const handle = await client.workflow.start(trainModel, {
    taskQueue: controlTaskQueue,
    workflowId: 'trainModel/cancelled',
    args: [{ model }],
  });
  await waitFor('the epoch is under way', async () => {
    const { raw } = await handle.describe();
    const details = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0]?.data;
    return details != null && Buffer.from(details).includes('"epochEnded":false');
  });
  assert.equal(trainingProcessesOf(process.pid).length, 1);

  const cancelledAt = performance.now();
  await handle.cancel();
  await assert.rejects(handle.result(), WorkflowFailedError);
  const tookMs = performance.now() - cancelledAt;
  assert.deepEqual(trainingProcessesOf(process.pid), []);
  assert.ok(tookMs < withinMs, `it took ${tookMs.toFixed(0)} ms`);
  const runs = await db('runs').whereNot({ trainer: 'base-rate' }).select('status');
  assert.deepEqual(runs, [{ status: 'cancelled' }]);
});
