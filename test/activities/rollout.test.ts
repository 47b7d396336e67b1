import { MockActivityEnvironment } from '@temporalio/testing';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { rollbackActivities } from '../../src/activities/rollback.js';
import { rolloutActivities } from '../../src/activities/rollout.js';
import { requireDeployment } from '../../src/store/deployments.js';
import { readRunningRollout } from '../../src/store/rollouts.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { registerModel } from '../support/registry.js';

let database: TestDatabase;
let rollouts: ReturnType<typeof rolloutActivities>;
before(async () => {
  database = await createTestDatabase();
  rollouts = rolloutActivities(database);
});
after(() => database.drop());

/** A rollout that has begun and met no traffic yet. */
async function begin(name: string) {
  const { model, deployBaseline, addProvedVersion } = await registerModel(database.db, { name });
  const champion = await deployBaseline();
  const version = await addProvedVersion(champion);
  const rolloutId = randomUUID();
  await rollouts.beginRollout({ rolloutId, model, version });
  const actor = 'tests';
  return {
    model,
    champion,
    version,
    deployStage: (stage: number) => rollouts.deployStage({ rolloutId, stage, weight: 0.1, actor }),
    conclude: (outcome: 'promoted' | 'rolled-back') =>
      rollouts.concludeRollout({ rolloutId, outcome, reason: outcome, actor }),
    rollBack: () =>
      new MockActivityEnvironment({ activityId: name }).run(
        (input: Parameters<ReturnType<typeof rollbackActivities>['rollBack']>[0]) =>
          rollbackActivities(database).rollBack(input),
        { model, toVersion: null, reason: 'complaints', actor: 'Ada' },
      ),
    serving: async () => {
      const { epoch, championVersion, challengerVersion } = await requireDeployment(database.db, model);
      return [epoch, championVersion, challengerVersion];
    },
  };
}

describe('invariant 8: activities may run twice', () => {
  it('a stage and a conclusion are deployed once', async () => {
    const { version, deployStage, conclude, serving } = await begin('repeated');
    assert.deepEqual(await deployStage(0), await deployStage(0));
    assert.deepEqual(await conclude('promoted'), await conclude('promoted'));
    assert.deepEqual(await serving(), [3, version, null]);
  });

  it('a rollback is deployed once', async () => {
    const { champion, deployStage, rollBack, serving } = await begin('rolled-back-twice');
    await deployStage(0);
    assert.deepEqual(await rollBack(), await rollBack());
    assert.deepEqual(await serving(), [3, champion, null]);
  });
});

describe("what a rollout decided before an operator's rollback does not undo it", () => {
  it('the next stage is not deployed', async () => {
    const { champion, deployStage, rollBack, serving } = await begin('overtaken-stage');
    await deployStage(0);
    await rollBack();
    assert.equal((await deployStage(1)).stopped, true);
    assert.deepEqual(await serving(), [3, champion, null]);
  });

  it('the promotion is not deployed, and the rollout says who ended it', async () => {
    const { champion, deployStage, conclude, rollBack, serving } = await begin('overtaken-promotion');
    await deployStage(0);
    await rollBack();
    const { epoch, outcome, reason } = await conclude('promoted');
    assert.deepEqual([epoch, outcome, reason], [3, 'rolled-back', 'taken out by Ada: complaints']);
    assert.deepEqual(await serving(), [3, champion, null]);
  });

  it('at the same time, whichever comes first, the champion of before serves', async () => {
    const { model, champion, deployStage, conclude, rollBack, serving } = await begin('race');
    await deployStage(0);
    await Promise.all([conclude('promoted'), rollBack()]);
    assert.deepEqual((await serving()).slice(1), [champion, null]);
    assert.equal(await readRunningRollout(database.db, model), null);
  });
});

describe('a rollout that met no traffic yet', () => {
  it('ends without a new epoch', async () => {
    const { model, champion, conclude, serving } = await begin('unmet');
    assert.equal((await conclude('rolled-back')).outcome, 'rolled-back');
    assert.deepEqual(await serving(), [1, champion, null]);
    assert.equal(await readRunningRollout(database.db, model), null);
  });

  it('is taken out by a rollback, which does not touch the champion', async () => {
    const { model, champion, deployStage, rollBack, serving } = await begin('early');
    await rollBack();
    assert.equal((await deployStage(0)).stopped, true);
    assert.deepEqual(await serving(), [2, champion, null]);
    assert.equal(await readRunningRollout(database.db, model), null);
  });
});
