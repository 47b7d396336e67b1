/** Invariant 8 (DESIGN.md §4), for the activity that takes longest: training, whose worker is killed half way. */
import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { controlTaskQueue } from '../../src/domain/names.js';
import { registerDefinition } from '../../src/store/models.js';
import { searchRuns } from '../../src/store/runSearch.js';
import { listModelVersions } from '../../src/store/versions.js';
import { trainModel, tuneModel } from '../../src/workflows/index.js';
import { journeys } from '../support/journeys.js';
import { createPlatform, type Platform } from '../support/platform.js';
import { waitFor } from '../support/waitFor.js';

const processMain = fileURLToPath(new URL('../../src/workers/processes/main.js', import.meta.url));
const epochs = 100;
let platform: Platform;
const workers: ChildProcess[] = [];
before(async () => {
  platform = await createPlatform({ gpu: false });
});
after(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await platform.close();
});

async function startGpuWorker(): Promise<ChildProcess> {
  const worker = fork(processMain, ['gpu-worker', 'no-data-directory'], {
    env: { ...process.env, ...platform.environment },
  });
  workers.push(worker);
  await once(worker, 'message');
  return worker;
}

test('invariant 8: activities may run twice: a training whose worker was killed goes on and makes one version', async () => {
  const { db, client } = platform;
  const { name: model } = await registerDefinition(
    db,
    journeys({ trainer: { name: 'logistic', epochs, batchSize: 32, learningRate: 0.01 } }),
  );
  const worker = await startGpuWorker();
  const handle = await client.workflow.start(trainModel, {
    taskQueue: controlTaskQueue,
    workflowId: 'trainModel/killed',
    args: [{ model }],
  });
  await waitFor('a heartbeat names a checkpoint', async () => {
    const { raw } = await handle.describe();
    const details = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0]?.data;
    return details != null && /"checkpointSha256":"[0-9a-f]{64}"/.test(Buffer.from(details).toString());
  });
  worker.kill('SIGKILL');
  await once(worker, 'exit');
  await startGpuWorker();

  const result = await handle.result();
  const { events } = await handle.fetchHistory();
  const attempts = (events ?? []).flatMap(({ activityTaskStartedEventAttributes: started }) =>
    started?.attempt === undefined || started.attempt === null ? [] : [started.attempt],
  );
  assert.equal(Math.max(...attempts), 2);
  const trained = (await listModelVersions(db, model)).filter(({ kind }) => kind === 'trained');
  assert.deepEqual(
    trained.map(({ version, runId }) => [version, runId]),
    [[result.version, result.runId]],
  );
  const losses = await db('run_metrics').where({ run_id: result.runId, name: 'loss' });
  assert.equal(losses.length, epochs);
  assert.ok(result.resumedFromEpoch > 0, 'the training began anew');
});

test('invariant 8: activities may run twice: a search whose worker was killed loses no trial and repeats none that was done', async () => {
  const { db, client } = platform;
  const { name: model } = await registerDefinition(
    db,
    journeys({
      trainer: { name: 'logistic', batchSize: 64 },
      tuning: {
        method: 'random',
        trials: 2,
        holdOutDays: 4,
        // Draws the short one first.
        seed: 2,
        space: { epochs: { choice: [1, 60] } },
      },
    }),
  );
  for (const worker of workers) worker.kill('SIGKILL');
  const worker = await startGpuWorker();
  const handle = await client.workflow.start(tuneModel, {
    taskQueue: controlTaskQueue,
    workflowId: 'tuneModel/killed',
    args: [{ model }],
  });
  const trials = async (status?: string) =>
    (await searchRuns(db, { model, ...(status === undefined ? {} : { status }) })).runs.filter(
      ({ tags }) => tags['search'] !== undefined,
    );
  const [done] = await waitFor('one trial is done and the other under way', async () => {
    const succeeded = await trials('succeeded');
    return succeeded.length === 1 && (await trials('running')).length === 1 ? succeeded : null;
  });
  worker.kill('SIGKILL');
  await once(worker, 'exit');
  await startGpuWorker();

  const result = await handle.result();
  assert.deepEqual([result.runs, result.failedRuns], [2, 0]);
  const runs = await trials();
  assert.deepEqual(
    runs.map(({ status }) => status),
    ['succeeded', 'succeeded'],
  );
  const before = runs.find(({ id }) => id === done?.id);
  assert.deepEqual(before, done);
});
