import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { controlTaskQueue, lifecycleWorkflowId } from '../../src/domain/names.js';
import type { ModelDefinitionInput } from '../../src/domain/modelDefinition.js';
import type { ReferenceProfile, WindowStatus } from '../../src/domain/monitoring.js';
import { recordArtifact } from '../../src/store/artifacts.js';
import { listWindows } from '../../src/store/monitoring.js';
import { modelLifecycle, monitorModel, statusQuery } from '../../src/workflows/index.js';
import { recordHistory } from '../support/histories.js';
import { journeys } from '../support/journeys.js';
import { createPlatform, type Platform } from '../support/platform.js';
import { registerModel } from '../support/registry.js';
import { recordTraffic, type RecordedRow } from '../support/traffic.js';

let platform: Platform;
let profile: string;
before(async () => {
  // Nobody trains, so a lifecycle that drift starts stays under way until the test ends it.
  platform = await createPlatform({ gpu: false });
  const reference = await platform.artifacts.putBytes(new TextEncoder().encode(JSON.stringify(evenly)));
  await recordArtifact(platform.db, { ...reference, kind: 'reference-profile' });
  profile = reference.sha256;
});
after(() => platform.close());

const carriers = ['AA', 'BB', 'CC'] as const;
const loads = Array.from({ length: 300 }, (_, i) => (i + 0.5) / 300);

/** What validation found: loads spread evenly over [0, 1), carriers alike, scores equal to loads. */
const evenly: ReferenceProfile = {
  rows: 300,
  numeric: { load: loads, score: loads },
  categorical: { carrier: { AA: 100, BB: 100, CC: 100 } },
  meanLogLoss: 0.5,
  logLossVariance: 0.2,
  positiveRate: 0.5,
};

/**
 * A day on which the champion answered the loads given, rightly as often as in the reference. The first is late enough
 * in the source's time for a retraining to have its window.
 */
function day(ordinal: number, version: number, given: readonly number[]): RecordedRow[] {
  return given.map((load, i) => ({
    arm: 'champion',
    version,
    epoch: 2,
    score: load,
    label: load > 0.5 ? 1 : 0,
    eventTime: new Date(Date.UTC(2001, 0, 24 + ordinal, 0, (i * 1440) / given.length)).toISOString(),
    inputs: { load, carrier: carriers[i % 3] },
  }));
}

const shifted = loads.map((load) => 0.6 + 0.4 * load);

/** A model whose second version is champion, with this profile as its reference. */
async function prepare(name: string, monitoring: ModelDefinitionInput['monitoring'] = {}) {
  const change = { name, monitoring: { ...journeys().monitoring, ...monitoring } };
  const { model, deployBaseline, promoteNext } = await registerModel(platform.db, journeys(change));
  const champion = await promoteNext(await deployBaseline(), profile);
  return { model, champion, lifecycle: platform.client.workflow.getHandle(lifecycleWorkflowId(model)) };
}

function monitor(model: string) {
  return platform.client.workflow.start(monitorModel, {
    taskQueue: controlTaskQueue,
    workflowId: `monitorModel/${model}/${randomUUID()}`,
    args: [{ model }],
  });
}

async function statusesOf(model: string): Promise<WindowStatus[]> {
  return (await listWindows(platform.db, model)).map(({ status }) => status).reverse();
}

async function retrainingsOf(model: string): Promise<string[]> {
  return platform.db('retrainings').where({ model }).pluck<string[]>('reason');
}

describe('monitoring', () => {
  it('finds a still window stable, a moved one drifted, and starts one retraining for it', async () => {
    const { db } = platform;
    const { model, champion, lifecycle } = await prepare('drifting');
    await recordTraffic(db, model, [...day(1, champion, loads), ...day(2, champion, loads)]);
    const calm = await (await monitor(model)).result();
    assert.deepEqual(
      calm.windows.map(({ from, status }) => [from, status]),
      [['2001-01-25T00:00:00.000Z', 'stable']],
    );
    assert.equal(calm.retrainingStarted, false);

    await recordTraffic(db, model, [...day(3, champion, shifted), ...day(4, champion, shifted)]);
    const handle = await monitor(model);
    const drifted = await handle.result();
    assert.deepEqual(await statusesOf(model), ['stable', 'stable', 'drifted']);
    assert.equal(drifted.retrainingStarted, true);
    assert.deepEqual(await retrainingsOf(model), ['2 of 3 columns drifted']);
    const described = await lifecycle.describe();
    assert.deepEqual([described.type, described.status.name], ['modelLifecycle', 'RUNNING']);
    const status = await platform.client.workflow
      .getHandle<typeof modelLifecycle>(lifecycle.workflowId)
      .query(statusQuery);
    assert.match(status.detail, /window 2001-01-27T.* of version 2: 2 of 3 columns drifted/);
    await recordHistory(handle, 'monitorModel-retraining');

    // Once: neither while that one runs, nor after it ended, before the cooldown has passed.
    await recordTraffic(db, model, day(5, champion, shifted));
    assert.equal((await (await monitor(model)).result()).retrainingStarted, false);
    await lifecycle.terminate('the test is over');
    await recordTraffic(db, model, day(6, champion, shifted));
    assert.equal((await (await monitor(model)).result()).retrainingStarted, false);
    assert.deepEqual(await statusesOf(model), ['stable', 'stable', 'drifted', 'drifted', 'drifted']);
    assert.equal((await retrainingsOf(model)).length, 1);
    assert.equal((await lifecycle.describe()).status.name, 'TERMINATED');
  });

  it('starts none while a lifecycle of the model runs, and looks at a window once', async () => {
    const { model, champion } = await prepare('busy', { retraining: { cooldownHours: 0 } });
    const running = await platform.client.workflow.start(modelLifecycle, {
      taskQueue: controlTaskQueue,
      workflowId: lifecycleWorkflowId(model),
      args: [{ model }],
    });
    await recordTraffic(platform.db, model, [...day(1, champion, shifted), ...day(2, champion, shifted)]);
    const handle = await monitor(model);
    const first = await handle.result();
    assert.deepEqual([first.windows.length, first.retrainingStarted], [1, false]);
    assert.deepEqual(await retrainingsOf(model), []);
    assert.deepEqual((await (await monitor(model)).result()).windows, []);
    await running.terminate('the test is over');
    await recordHistory(handle, 'monitorModel-busy');
  });

  it('says that the baseline has nothing to be compared with', async () => {
    const { model, deployBaseline } = await registerModel(platform.db, journeys({ name: 'based' }));
    const champion = await deployBaseline();
    await recordTraffic(platform.db, model, [...day(1, champion, shifted), ...day(2, champion, shifted)]);
    const handle = await monitor(model);
    assert.deepEqual(await handle.result(), { model, windows: [], retrainingStarted: false });
    assert.match((await handle.query(statusQuery)).detail, /the baseline, which has no reference window/);
  });

  it('invariant 5: no decision on no data: windows without enough traffic or outcomes start nothing', async () => {
    const { model, champion, lifecycle } = await prepare('quiet');
    assert.deepEqual((await (await monitor(model)).result()).windows, []);

    const unknown = day(3, champion, loads).map((row) => ({ ...row, label: null }));
    await recordTraffic(platform.db, model, [
      ...day(1, champion, shifted.slice(0, 99)),
      ...unknown,
      ...day(4, champion, loads),
    ]);
    const result = await (await monitor(model)).result();
    assert.deepEqual(
      result.windows.map(({ status, reason }) => `${status}: ${reason}`),
      [
        'inconclusive: 99 predictions, of 100 needed',
        'inconclusive: 0 predictions, of 100 needed',
        'inconclusive: 0 outcomes, of 100 needed',
      ],
    );
    assert.equal(result.retrainingStarted, false);
    await assert.rejects(lifecycle.describe(), { name: 'WorkflowNotFoundError' });
  });
});
