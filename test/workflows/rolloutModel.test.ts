import { CancelledFailure, WorkflowFailedError } from '@temporalio/client';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Deployment } from '../../src/domain/deployment.js';
import { controlTaskQueue } from '../../src/domain/names.js';
import type { RolloutModelInput } from '../../src/domain/workflowInput.js';
import { requireDeployment } from '../../src/store/deployments.js';
import { acknowledgeEpoch, expireLease, refuseEpoch, registerReplica } from '../../src/store/gateways.js';
import { readLatestRollout, readRunningRollout } from '../../src/store/rollouts.js';
import { rollbackModel, rolloutModel, type RolloutProgress } from '../../src/workflows/index.js';
import { waitFor } from '../support/waitFor.js';
import { recordHistory } from '../support/histories.js';
import { journeys } from '../support/journeys.js';
import { createPlatform, type Platform } from '../support/platform.js';
import { registerModel, type RegisteredModel } from '../support/registry.js';
import { answers, recordTraffic, stageTraffic, underTraffic } from '../support/traffic.js';
import { failureOf, untilScheduled } from '../support/workflows.js';

let platform: Platform;
before(async () => {
  platform = await createPlatform({ gpu: false });
});
after(() => platform.close());

/** A model of its own: a baseline that serves, and a version that passed validation against it. */
async function prepare(name: string): Promise<RegisteredModel & { champion: number; version: number }> {
  const registry = await registerModel(platform.db, journeys({ name }));
  const champion = await registry.deployBaseline();
  return { ...registry, champion, version: await registry.addProvedVersion(champion) };
}

function rollOut(input: RolloutModelInput, progress?: RolloutProgress) {
  return platform.client.workflow.start(rolloutModel, {
    taskQueue: controlTaskQueue,
    workflowId: `rolloutModel/${input.model}/${randomUUID()}`,
    args: progress === undefined ? [input] : [input, progress],
  });
}

/** Champion, challenger and its share, epoch by epoch. */
async function deploymentsOf(model: string): Promise<[number, number | null, number][]> {
  const rows = await platform
    .db('deployments')
    .where({ model })
    .orderBy('epoch')
    .select<{ champion_version: number; challenger_version: number | null; challenger_weight: number }[]>(
      'champion_version',
      'challenger_version',
      'challenger_weight',
    );
  return rows.map((row) => [row.champion_version, row.challenger_version, row.challenger_weight]);
}

async function decisionsOf(model: string): Promise<string[]> {
  const rollout = await readLatestRollout(platform.db, model);
  return (rollout?.decisions ?? []).map(({ stage, action }) => `${String(stage)} ${action}`).reverse();
}

const stageOf = (model: string): Promise<Deployment> =>
  waitFor(`a challenger of ${model} serves`, async () => {
    const deployment = await requireDeployment(platform.db, model);
    return deployment.challengerVersion === null ? null : deployment;
  });

describe('rolling a version out', () => {
  it('goes from stage to stage while the challenger is not worse, and promotes it', async () => {
    const { model, champion, version } = await prepare('good');
    const handle = await rollOut({ model, version, actor: 'a test' });
    const result = await underTraffic(platform.db, model, handle.result(), (stage) =>
      stageTraffic(stage, true),
    );
    assert.equal(result.outcome, 'promoted');
    assert.equal(result.reason, 'passed all 3 stages');
    assert.deepEqual(await deploymentsOf(model), [
      [champion, null, 0],
      [champion, version, 0.05],
      [champion, version, 0.25],
      [champion, version, 0.5],
      [version, null, 0],
    ]);
    const { cause, actor } = await requireDeployment(platform.db, model);
    assert.deepEqual([cause, actor], ['promote', 'a test']);
    const continued = (await decisionsOf(model)).filter((decision) => !decision.endsWith('hold'));
    assert.deepEqual(continued, ['0 continue', '1 continue', '2 continue']);
    await recordHistory(handle, 'rolloutModel-promoted');
  });

  it('takes a challenger out by itself that is much worse', async () => {
    const { model, champion, version } = await prepare('bad');
    const handle = await rollOut({ model, version });
    const result = await underTraffic(platform.db, model, handle.result(), (stage) =>
      stageTraffic(stage, false),
    );
    assert.equal(result.outcome, 'rolled-back');
    assert.match(result.reason, /^worse: log loss against the champion \+1\./);
    assert.deepEqual(await deploymentsOf(model), [
      [champion, null, 0],
      [champion, version, 0.05],
      [champion, null, 0],
    ]);
    assert.equal((await decisionsOf(model)).at(-1), '0 roll-back');
    assert.equal((await readLatestRollout(platform.db, model))?.status, 'rolled-back');
    await recordHistory(handle, 'rolloutModel-rolled-back');
  });

  it('takes a challenger out by itself that fails, without waiting for outcomes', async () => {
    const { model, champion, version } = await prepare('failing');
    const handle = await rollOut({ model, version });
    const result = await underTraffic(platform.db, model, handle.result(), ({ epoch }) =>
      answers({ arm: 'challenger', version, epoch, rows: 40, right: true }).map((row, i) => ({
        ...row,
        label: null,
        status: i < 2 ? 'failed' : 'answered',
      })),
    );
    assert.equal(result.outcome, 'rolled-back');
    assert.match(result.reason, /guardrail: 5\.0 % of the challenger's requests failed, allowed 1\.0 %/);
    assert.deepEqual((await deploymentsOf(model)).at(-1), [champion, null, 0]);
  });

  it('invariant 5: no decision on no data: it holds until an operator takes the challenger out', async () => {
    const { model, champion, version } = await prepare('silent');
    const { db } = platform;
    const handle = await rollOut({ model, version });
    await untilScheduled(handle, 'observeStage', 3);
    assert.deepEqual(await decisionsOf(model), ['0 hold']);

    // One outcome too few in each arm, and the challenger's all wrong.
    const { epoch } = await stageOf(model);
    await recordTraffic(db, model, [
      ...answers({ arm: 'champion', version: champion, epoch, rows: 49, right: true }),
      ...answers({ arm: 'challenger', version, epoch, rows: 49, right: false }),
    ]);
    await untilScheduled(handle, 'observeStage', 6);
    assert.deepEqual(await decisionsOf(model), ['0 hold']);
    assert.deepEqual(await deploymentsOf(model), [
      [champion, null, 0],
      [champion, version, 0.05],
    ]);

    const rolledBack = await platform.client.workflow.execute(rollbackModel, {
      taskQueue: controlTaskQueue,
      workflowId: `rollbackModel/${model}`,
      args: [{ model, reason: 'no traffic', actor: 'an operator' }],
    });
    assert.deepEqual([rolledBack.fromVersion, rolledBack.toVersion], [version, champion]);
    const result = await handle.result();
    assert.equal(result.outcome, 'rolled-back');
    assert.equal(result.reason, 'taken out by an operator: no traffic');
    assert.deepEqual((await deploymentsOf(model)).slice(2), [[champion, null, 0]]);
    await recordHistory(handle, 'rolloutModel-taken-out');
  });

  it('takes the challenger out when it is cancelled', async () => {
    const { model, champion, version } = await prepare('cancelled');
    const handle = await rollOut({ model, version });
    await untilScheduled(handle, 'observeStage', 1);
    await handle.cancel();
    await assert.rejects(handle.result(), (error: unknown) => {
      assert.ok(error instanceof WorkflowFailedError);
      return error.cause instanceof CancelledFailure;
    });
    assert.deepEqual((await deploymentsOf(model)).slice(1), [
      [champion, version, 0.05],
      [champion, null, 0],
    ]);
    assert.equal((await readLatestRollout(platform.db, model))?.reason, 'the rollout was cancelled');
    await recordHistory(handle, 'rolloutModel-cancelled');
  });

  it('leaves no rollout behind when it is cancelled before its first stage', async () => {
    const { model, champion, version } = await prepare('stillborn');
    const handle = await rollOut({ model, version });
    await handle.cancel();
    await assert.rejects(handle.result(), WorkflowFailedError);
    assert.equal(await readRunningRollout(platform.db, model), null);
    assert.deepEqual((await deploymentsOf(model)).at(-1), [champion, null, 0]);
  });

  it('takes the challenger out where a gateway cannot load it, and waits for the others', async () => {
    const { model, champion, version } = await prepare('unloadable');
    const { db } = platform;
    const [willing, unable] = [randomUUID(), randomUUID()];
    for (const id of [willing, unable]) {
      await registerReplica(db, { id, address: 'http://127.0.0.1:1', leaseMs: 600_000 });
    }
    const handle = await rollOut({ model, version });
    const { epoch } = await stageOf(model);
    await acknowledgeEpoch(db, willing, model, epoch);
    await refuseEpoch(db, unable, model, epoch, 'no such operator: Magic');
    const conclusion = await waitFor(`${model} is rolled back`, async () => {
      const deployment = await requireDeployment(db, model);
      return deployment.epoch > epoch ? deployment : null;
    });
    assert.deepEqual([conclusion.championVersion, conclusion.challengerVersion], [champion, null]);
    for (const id of [willing, unable]) await acknowledgeEpoch(db, id, model, conclusion.epoch);
    const result = await handle.result();
    for (const id of [willing, unable]) await expireLease(db, id);
    assert.equal(result.outcome, 'rolled-back');
    assert.equal(result.gateways, 2);
    assert.match(result.reason, /a gateway could not take it over: no such operator: Magic/);
  });

  it('goes on after continue-as-new where it was', async () => {
    const { model, champion, version } = await prepare('long');
    const first = await rollOut({ model, version });
    await untilScheduled(first, 'recordRolloutDecision', 1);
    await untilScheduled(first, 'observeStage', 2);
    await first.terminate('its history is long enough');
    const rollout = await readRunningRollout(platform.db, model);
    assert.ok(rollout !== null);

    const second = await rollOut({ model, version }, { rolloutId: rollout.id, stage: 0, sequence: 1 });
    const result = await underTraffic(platform.db, model, second.result(), (stage) =>
      stageTraffic(stage, true),
    );
    assert.equal(result.outcome, 'promoted');
    assert.equal(result.rolloutId, rollout.id);
    assert.deepEqual(await deploymentsOf(model), [
      [champion, null, 0],
      [champion, version, 0.05],
      [champion, version, 0.25],
      [champion, version, 0.5],
      [version, null, 0],
    ]);
    await recordHistory(second, 'rolloutModel-continued');
  });
});

describe('invariant 2: no deployment without validation and an A/B: a rollout is refused', () => {
  async function refusal(model: string, version: number): Promise<string> {
    const failure = await failureOf(await rollOut({ model, version }));
    assert.equal(failure.type, 'Forbidden');
    assert.equal((await deploymentsOf(model)).length, 1);
    return failure.message;
  }

  it('to a version that was never validated', async () => {
    const { model, addVersion } = await prepare('unvalidated');
    assert.match(await refusal(model, await addVersion()), /never validated\. Start validateModel/);
  });

  it('to a version whose newest validation did not pass', async () => {
    const { model, champion, version, addValidation } = await prepare('refuted');
    await addValidation({ version, championVersion: champion, verdict: 'inconclusive' });
    assert.match(await refusal(model, version), /newest validation is "inconclusive"/);
  });

  it('to a version that was validated against another champion', async () => {
    const { model, version, addVersion, addValidation } = await prepare('outdated');
    const other = await addVersion();
    await addValidation({ version, championVersion: other, verdict: 'passed' });
    assert.match(
      await refusal(model, version),
      /was validated against version 3, but version 1 is the champion/,
    );
  });

  it('to the champion itself', async () => {
    const { model, champion } = await prepare('reigning');
    assert.match(await refusal(model, champion), /is the champion already/);
  });
});
