import { CancelledFailure, WorkflowFailedError } from '@temporalio/client';
import {
  ApplicationFailure,
  defineSearchAttributeKey,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { controlTaskQueue, lifecycleWorkflowId, monitorScheduleId } from '../../src/domain/names.js';
import type { ModelLifecycleInput } from '../../src/domain/workflowInput.js';
import { readDeploymentEpoch, requireDeployment } from '../../src/store/deployments.js';
import { registerDefinition } from '../../src/store/models.js';
import { readRunningRollout } from '../../src/store/rollouts.js';
import { listModelVersions } from '../../src/store/versions.js';
import { modelLifecycle, statusQuery, type ModelLifecycleResult } from '../../src/workflows/index.js';
import { recordHistory } from '../support/histories.js';
import { journeys } from '../support/journeys.js';
import { createPlatform, type Platform } from '../support/platform.js';
import { stageTraffic, underTraffic } from '../support/traffic.js';
import { waitFor } from '../support/waitFor.js';
import { untilScheduled } from '../support/workflows.js';

const model = 'journeys';
const modelAttribute = defineSearchAttributeKey('TemperedModel', 'KEYWORD');
const versionAttribute = defineSearchAttributeKey('TemperedVersion', 'KEYWORD');
const stageAttribute = defineSearchAttributeKey('TemperedStage', 'KEYWORD');

let platform: Platform;
before(async () => {
  platform = await createPlatform({ gpu: true });
  await registerDefinition(platform.db, journeys());
});
after(() => platform.close());

function startLifecycle(input: ModelLifecycleInput, workflowId = lifecycleWorkflowId(model)) {
  return platform.client.workflow.start(modelLifecycle, {
    taskQueue: controlTaskQueue,
    workflowId,
    args: [input],
  });
}

const childHandle = (step: string) =>
  platform.client.workflow.getHandle(`${lifecycleWorkflowId(model)}/${step}`);

describe("a model's life, with real training", () => {
  let first: ModelLifecycleResult;

  it('begins with the baseline as champion, and ends with a version that beat it', async () => {
    const { db } = platform;
    const handle = await startLifecycle({ model, reason: 'first version' });
    first = await underTraffic(db, model, handle.result(), (stage) => stageTraffic(stage, true));
    assert.equal(first.outcome, 'promoted');
    assert.equal(first.verdict, 'passed');
    assert.equal(first.version, 2);
    assert.equal(first.training.championVersion, 1);
    assert.equal(first.training.trainingRows, 14 * 240);
    assert.equal(first.validation.rows, 7 * 240);
    assert.ok(first.training.parityMaxAbsoluteDifference < 1e-5);

    const { cause, championVersion } = await readDeploymentEpoch(db, model, 1);
    assert.deepEqual([cause, championVersion], ['baseline', 1]);
    assert.equal((await requireDeployment(db, model)).championVersion, 2);
    const kinds = (await listModelVersions(db, model)).map(({ version, kind }) => [version, kind]);
    assert.deepEqual(kinds, [
      [2, 'trained'],
      [1, 'baseline'],
    ]);
    const schedule = await platform.client.schedule.getHandle(monitorScheduleId(model)).describe();
    assert.equal(schedule.action.workflowType, 'monitorModel');

    await recordHistory(handle, 'modelLifecycle');
    for (const [step, name] of [
      ['train', 'trainModel'],
      ['validate', 'validateModel'],
    ] as const) {
      await recordHistory(childHandle(step), name);
    }
  });

  it('shows where it stands: status query, search attributes, summary and current details', async () => {
    const handle = platform.client.workflow.getHandle<typeof modelLifecycle>(lifecycleWorkflowId(model));
    const status = await handle.query(statusQuery);
    assert.deepEqual([status.workflow, status.model, status.version], ['modelLifecycle', model, 2]);
    assert.deepEqual([status.stage, status.detail], ['promoted', 'passed all 3 stages']);
    const described = await childHandle('roll-out').describe();
    assert.equal(described.typedSearchAttributes.get(modelAttribute), model);
    assert.equal(described.typedSearchAttributes.get(versionAttribute), '2');
    assert.equal(described.typedSearchAttributes.get(stageAttribute), 'promoted');
    assert.equal(await described.staticSummary(), 'Roll out version 2 of journeys');
    const metadata = await childHandle('roll-out').query<{ currentDetails: string }>(
      '__temporal_workflow_metadata',
    );
    assert.match(metadata.currentDetails, /\*\*journeys version 2\*\* — promoted\n\npassed all 3 stages/);
  });

  it('stops a version that was trained on shuffled labels at its validation', async () => {
    const { db } = platform;
    const before = await requireDeployment(db, model);
    const handle = await startLifecycle({ model, permuteLabels: true, reason: 'negative control' });
    const result = await handle.result();
    assert.deepEqual([result.outcome, result.verdict, result.rollout], ['rejected', 'failed', null]);
    const failed = result.validation.checks.filter(({ passed }) => !passed).map(({ criterion }) => criterion);
    assert.ok(failed.includes('AUC'), failed.join(', '));
    assert.deepEqual(await requireDeployment(db, model), before);
    await recordHistory(handle, 'modelLifecycle-rejected');
  });

  it("goes on under the model's workflow id when a person started it under another", async () => {
    const handle = await startLifecycle({ model, permuteLabels: true }, 'started-by-hand');
    const result = await handle.result();
    assert.equal(result.outcome, 'rejected');
    const under = platform.client.workflow.getHandle<typeof modelLifecycle>(lifecycleWorkflowId(model));
    assert.deepEqual(await under.result(), result);
    await recordHistory(handle, 'modelLifecycle-by-hand');
  });

  it('is one at a time; cancelling it takes the challenger out', async () => {
    const { db } = platform;
    const handle = await startLifecycle({ model });
    await assert.rejects(startLifecycle({ model }), WorkflowExecutionAlreadyStartedError);
    const second = await startLifecycle({ model }, 'second-by-hand');
    await assert.rejects(second.result(), (error: unknown) => {
      assert.ok(error instanceof WorkflowFailedError);
      assert.ok(error.cause instanceof ApplicationFailure);
      assert.equal(error.cause.type, 'Conflict');
      return error.cause.message.includes('modelLifecycle/journeys');
    });
    const rollout = await waitFor('the rollout runs', () => readRunningRollout(db, model));
    await untilScheduled(childHandle('roll-out'), 'observeStage', 1);
    assert.equal((await requireDeployment(db, model)).challengerVersion, rollout.version);

    await handle.cancel();
    await assert.rejects(handle.result(), (error: unknown) => {
      assert.ok(error instanceof WorkflowFailedError);
      return error.cause instanceof CancelledFailure;
    });
    const { championVersion, challengerVersion, cause } = await requireDeployment(db, model);
    assert.deepEqual([championVersion, challengerVersion, cause], [2, null, 'roll-back']);
    assert.equal(await readRunningRollout(db, model), null);
    await recordHistory(handle, 'modelLifecycle-cancelled');
  });

  it('says in the run itself that its training was cancelled', async () => {
    const { db } = platform;
    const handle = await startLifecycle({ model });
    const running = await waitFor('the training runs', async () =>
      db<{ id: string; model: string; status: string }>('runs').where({ model, status: 'running' }).first(),
    );
    await handle.cancel();
    await assert.rejects(handle.result(), WorkflowFailedError);
    const run = await db<{ id: string; status: string }>('runs').where({ id: running.id }).first();
    assert.equal(run?.status, 'cancelled');
    await recordHistory(childHandle('train'), 'trainModel-cancelled');
  });
});
