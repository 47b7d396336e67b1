/** Invariant 8 (DESIGN.md §4), for what writes most rows: a materialization whose worker is killed half way. */
import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { FeatureViewInput } from '../../src/domain/featureView.js';
import { controlTaskQueue } from '../../src/domain/names.js';
import { registerEntity } from '../../src/store/entities.js';
import { registerFeatureView } from '../../src/store/featureViews.js';
import { readWatermark } from '../../src/store/materializations.js';
import { requireOnlineView } from '../../src/store/onlineFeatures.js';
import { materializeFeatures } from '../../src/workflows/index.js';
import { flights } from '../artifacts/flights.js';
import { createPlatform, type Platform } from '../support/platform.js';
import { scheduledActivities, untilScheduled } from '../support/workflows.js';

const processMain = fileURLToPath(new URL('../../src/workers/processes/main.js', import.meta.url));
let platform: Platform;
const workers: ChildProcess[] = [];
before(async () => {
  platform = await createPlatform({ gpu: false, control: false, sources: { flights } });
  await registerEntity(platform.db, {
    name: 'route',
    description: 'from one airport to another',
    keys: { origin: 'string', destination: 'string' },
  });
});
after(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await platform.close();
});

async function startControlWorker(): Promise<ChildProcess> {
  const worker = fork(processMain, ['control-worker', 'no-data-directory'], {
    env: { ...process.env, ...platform.environment },
  });
  workers.push(worker);
  await once(worker, 'message');
  return worker;
}

/** Every flight is a feature row of its route. */
const lastFlight: FeatureViewInput = {
  name: 'last-flight',
  description: 'the last flight of a route',
  owner: 'tests',
  entity: 'route',
  source: 'flights',
  columns: { origin: 'origin', destination: 'destination', at: 'date', delay: 'delay', miles: 'distance' },
  eventTime: 'at',
  ingestionTime: 'at',
  features: { delay: { type: 'number' }, miles: { type: 'number' } },
  ttlHours: 24,
};

async function start(name: string) {
  await registerFeatureView(platform.db, { ...lastFlight, name });
  return platform.client.workflow.start(materializeFeatures, {
    taskQueue: controlTaskQueue,
    workflowId: `materializeFeatures/${name}`,
    args: [{ view: name }],
  });
}

/** Number and digest of a view's rows, and its watermark. */
async function contents(name: string) {
  const view = await requireOnlineView(platform.db, name);
  const { rows } = await platform.db.raw<{ rows: { count: number; digest: string }[] }>(
    `select count(*), md5(string_agg(concat_ws(' ', entity_key, event_time, ingestion_time, features), E'\\n'
       order by entity_key)) as digest
     from online_features where view_id = ?`,
    [view.id],
  );
  return { ...rows[0], watermark: await readWatermark(platform.db, view) };
}

test('invariant 8: activities may run twice: a materialization whose worker was killed ends in the very same rows', async () => {
  let worker = await startControlWorker();
  await (await start('uninterrupted')).result();

  const handle = await start('interrupted');
  await untilScheduled(handle, 'materializeChunk', 2);
  worker.kill('SIGKILL');
  await once(worker, 'exit');
  const halfWay = await contents('interrupted');
  assert.equal(halfWay.watermark, null, 'the watermark moves only after success');
  worker = await startControlWorker();
  await handle.result();

  const whole = await contents('interrupted');
  assert.notEqual(whole.digest, halfWay.digest, 'it was killed too late');
  assert.deepEqual(whole, await contents('uninterrupted'));
  assert.ok(Number(whole.count) > 3000, `${String(whole.count)} routes`);
  const activities = await scheduledActivities(handle);
  assert.ok(activities.filter((name) => name === 'materializeChunk').length > 3);
});
