import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { controlTaskQueue } from '../../src/domain/names.js';
import type { RollbackModelInput } from '../../src/domain/workflowInput.js';
import { requireDeployment } from '../../src/store/deployments.js';
import { acknowledgeEpoch, expireLease, refuseEpoch, registerReplica } from '../../src/store/gateways.js';
import { rollbackModel, statusQuery } from '../../src/workflows/index.js';
import { waitFor } from '../support/waitFor.js';
import { recordHistory } from '../support/histories.js';
import { journeys } from '../support/journeys.js';
import { createPlatform, type Platform } from '../support/platform.js';
import { registerModel, type RegisteredModel } from '../support/registry.js';
import { failureOf, untilScheduled } from '../support/workflows.js';

let platform: Platform;
before(async () => {
  platform = await createPlatform({ gpu: false });
});
after(() => platform.close());

/** A model whose second version was promoted over its baseline. */
async function prepare(name: string): Promise<RegisteredModel & { baseline: number; champion: number }> {
  const registry = await registerModel(platform.db, journeys({ name }));
  const baseline = await registry.deployBaseline();
  return { ...registry, baseline, champion: await registry.promoteNext(baseline) };
}

function rollBack(input: RollbackModelInput) {
  return platform.client.workflow.start(rollbackModel, {
    taskQueue: controlTaskQueue,
    workflowId: `rollbackModel/${input.model}/${randomUUID()}`,
    args: [input],
  });
}

async function liveGateway(): Promise<string> {
  const id = randomUUID();
  await registerReplica(platform.db, { id, address: 'http://127.0.0.1:1', leaseMs: 600_000 });
  return id;
}

describe('rolling back', () => {
  it('goes back to the champion before this one, and says by whom and why', async () => {
    const { model, baseline, champion, promoteNext } = await prepare('twice');
    const newest = await promoteNext(champion);
    const handle = await rollBack({ model, reason: 'complaints', actor: 'Ada' });
    const result = await handle.result();
    assert.deepEqual([result.fromVersion, result.toVersion, result.gateways], [newest, champion, 0]);
    const deployment = await requireDeployment(platform.db, model);
    const { championVersion, cause, reason, actor } = deployment;
    assert.deepEqual([championVersion, cause, reason, actor], [champion, 'roll-back', 'complaints', 'Ada']);
    await recordHistory(handle, 'rollbackModel');

    const again = await (await rollBack({ model })).result();
    assert.deepEqual([again.fromVersion, again.toVersion], [champion, baseline]);
  });

  it('goes to the version that is named, if it was champion once', async () => {
    const { model, baseline, champion, promoteNext, addVersion } = await prepare('named');
    await promoteNext(champion);
    const result = await (await rollBack({ model, toVersion: baseline })).result();
    assert.equal(result.toVersion, baseline);

    const unproved = await addVersion();
    const failure = await failureOf(await rollBack({ model, toVersion: unproved }));
    assert.equal(failure.type, 'Forbidden');
    assert.match(failure.message, /never was champion, so it is not proved; roll it out instead/);
  });

  it('is refused where nothing was before', async () => {
    const { model, deployBaseline } = await registerModel(platform.db, journeys({ name: 'first' }));
    await deployBaseline();
    const failure = await failureOf(await rollBack({ model }));
    assert.equal(failure.type, 'Forbidden');
    assert.match(failure.message, /is the first champion of "first"; there is none before it/);
  });
});

describe('invariant 6: rollback is verified, not assumed', () => {
  it('it is done only when every live gateway has acknowledged', async () => {
    const { model } = await prepare('verified');
    const { db } = platform;
    const gateways = [await liveGateway(), await liveGateway()];
    const acknowledged: string[] = [];
    const handle = await rollBack({ model });
    const done = handle.result().then((result) => ({ ...result, acknowledgedBefore: [...acknowledged] }));
    await untilScheduled(handle, 'awaitGateways', 1);
    const { stage, detail } = await handle.query(statusQuery);
    assert.deepEqual([stage, detail], ['waiting for gateways', 'epoch 3: version 1 serves alone']);
    const { epoch } = await requireDeployment(db, model);
    for (const id of gateways) {
      assert.equal((await handle.describe()).status.name, 'RUNNING');
      acknowledged.push(id);
      await acknowledgeEpoch(db, id, model, epoch);
    }
    const result = await done;
    assert.deepEqual(result.acknowledgedBefore, gateways);
    assert.equal(result.gateways, 2);
    assert.ok(result.durationMs > 0);
    for (const id of gateways) await expireLease(db, id);
  });

  it('an acknowledgement of the epoch before is none', async () => {
    const { model } = await prepare('stale');
    const { db } = platform;
    const gateway = await liveGateway();
    const { epoch } = await requireDeployment(db, model);
    await acknowledgeEpoch(db, gateway, model, epoch);
    const handle = await rollBack({ model });
    let acknowledged = false;
    const done = handle.result().then(() => acknowledged);
    await untilScheduled(handle, 'awaitGateways', 1);
    acknowledged = true;
    await acknowledgeEpoch(db, gateway, model, epoch + 1);
    assert.equal(await done, true);
    await expireLease(db, gateway);
  });

  it('a gateway whose lease lapsed does not hold it up', async () => {
    const { model } = await prepare('lapsed');
    const { db } = platform;
    const [alive, dead] = [await liveGateway(), await liveGateway()];
    const handle = await rollBack({ model });
    const { epoch } = await waitFor('the rollback is deployed', async () => {
      const deployment = await requireDeployment(db, model);
      return deployment.cause === 'roll-back' ? deployment : null;
    });
    await acknowledgeEpoch(db, alive, model, epoch);
    await expireLease(db, dead);
    assert.equal((await handle.result()).gateways, 1);
    await expireLease(db, alive);
  });

  it('a gateway that cannot go back makes it fail, saying which and why', async () => {
    const { model } = await prepare('refused');
    const { db } = platform;
    const gateway = await liveGateway();
    const handle = await rollBack({ model });
    await untilScheduled(handle, 'awaitGateways', 1);
    await refuseEpoch(db, gateway, model, 3, 'the artifact is damaged');
    const failure = await failureOf(handle);
    assert.equal(failure.type, 'UnusableModel');
    assert.ok(failure.message.includes(`Gateway ${gateway} could not go back to version 1: the artifact is`));
    await expireLease(db, gateway);
  });
});
