import { CancelledFailure, WorkflowFailedError } from '@temporalio/client';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { controlTaskQueue } from '../../src/domain/names.js';
import type { TuneModelInput } from '../../src/domain/workflowInput.js';
import { readDatasetVersion } from '../../src/store/datasets.js';
import { registerDefinition } from '../../src/store/models.js';
import { searchRuns } from '../../src/store/runSearch.js';
import { listModelVersions } from '../../src/store/versions.js';
import { statusQuery, tuneModel } from '../../src/workflows/index.js';
import { recordHistory } from '../support/histories.js';
import { journeys } from '../support/journeys.js';
import { createPlatform, type Platform } from '../support/platform.js';
import { waitFor } from '../support/waitFor.js';
import { failureOf } from '../support/workflows.js';

const model = 'journeys';
/** With the first rate weights stop being numbers. */
const rates = { learningRate: { choice: [1e38, 0.001, 0.1] } };
const definition = journeys({
  trainer: { name: 'logistic', epochs: 4, batchSize: 64 },
  tuning: { method: 'random', trials: 3, holdOutDays: 4, space: rates },
});

let platform: Platform;
before(async () => {
  platform = await createPlatform({ gpu: true });
  await registerDefinition(platform.db, definition);
});
after(() => platform.close());

function start(name: string, input: Partial<TuneModelInput> = {}) {
  return platform.client.workflow.start(tuneModel, {
    taskQueue: controlTaskQueue,
    workflowId: `tuneModel/${name}`,
    args: [{ model, ...input }],
  });
}

const runsOf = async (searchId: string) =>
  (await searchRuns(platform.db, { tags: { search: searchId } })).runs;

describe('a search for the parameters of a trainer', () => {
  it('at random: keeps every trial as a run, the failed one too, and reports the best; nothing becomes a version', async () => {
    const { db } = platform;
    const handle = await start('random');
    const result = await handle.result();
    assert.deepEqual([result.trials, result.runs, result.failedRuns], [3, 3, 1]);
    assert.deepEqual(result.best.params, { learningRate: 0.1 });

    const runs = await runsOf(result.searchId);
    assert.deepEqual(
      new Map(runs.map(({ params, status }) => [params['learningRate'], status])),
      new Map([
        [1e38, 'failed'],
        [0.001, 'succeeded'],
        [0.1, 'succeeded'],
      ]),
    );
    assert.deepEqual(runs.map(({ tags }) => tags['trial']).sort(), ['1', '2', '3']);
    const best = runs.find(({ id }) => id === result.best.runId);
    assert.equal(best?.metrics['heldOutLogLoss'], result.best.logLoss);
    assert.equal(best.metrics['heldOutAuc'], result.best.auc);
    assert.deepEqual(await listModelVersions(db, model), []);

    const { stage, detail } = await handle.query(statusQuery);
    assert.equal(stage, 'done');
    assert.match(detail, /^best of 3 trials: trial \d, logLoss 0\.\d{4}$/);
    await recordHistory(handle, 'tuneModel-random');
  });

  it('invariant 4: no leak from the future: what trials are compared on comes after what they saw, and before the acceptance window', async () => {
    const { db, client } = platform;
    const result = await client.workflow.getHandle<typeof tuneModel>('tuneModel/random').result();
    const training = await readDatasetVersion(db, result.trainingDatasetId);
    const heldOut = await readDatasetVersion(db, result.heldOutDatasetId);
    assert.ok(
      Date.parse(training.eventTimeRange?.to ?? '') <= Date.parse(heldOut.eventTimeRange?.from ?? ''),
    );
    assert.equal(training.window.to, heldOut.window.from);
    // Rows end after four weeks, of which the last one is the acceptance window.
    assert.equal(heldOut.window.to.slice(0, 10), '2001-01-21');
  });

  it('by successive halving: trains the best for longer, each time as a run of its own', async () => {
    const handle = await start('halving', {
      search: {
        method: 'successive-halving',
        trials: 3,
        metric: 'auc',
        holdOutDays: 4,
        space: rates,
        resource: { param: 'epochs', from: 1, to: 3 },
      },
    });
    const result = await handle.result();
    assert.deepEqual([result.trials, result.runs, result.failedRuns], [3, 4, 1]);
    assert.equal(result.best.params['epochs'], 3);
    const runs = await runsOf(result.searchId);
    const rung = (number: string) => runs.filter(({ tags }) => tags['rung'] === number);
    assert.deepEqual(
      rung('1').map(({ params }) => params['epochs']),
      [1, 1, 1],
    );
    const [winner] = rung('1').sort(
      (a, b) => (b.metrics['heldOutAuc'] ?? 0) - (a.metrics['heldOutAuc'] ?? 0),
    );
    assert.deepEqual(
      rung('2').map(({ id, tags, params }) => [id, tags['trial'], params['epochs']]),
      [[result.best.runId, winner?.tags['trial'], 3]],
    );
    await recordHistory(handle, 'tuneModel-halving');
  });

  it('fails where every trial fails, and says why', async () => {
    const handle = await start('hopeless', {
      search: { method: 'random', holdOutDays: 4, space: { learningRate: { choice: [1e38] } } },
    });
    const { type, message } = await failureOf(handle);
    assert.equal(type, 'UnusableModel');
    assert.match(message, /^All 1 trials failed; the first: The training diverged/);
    await recordHistory(handle, 'tuneModel-failed');
  });

  it('refuses a search that its trainer cannot do, and a definition that says nothing of one', async () => {
    const wrong = await start('wrong', {
      search: { method: 'random', holdOutDays: 4, space: { hiddenUnits: { choice: [[4]] } } },
    });
    assert.match(
      (await failureOf(wrong)).message,
      /space\.hiddenUnits\.choice: the trainer "logistic" has no parameter/,
    );
    await registerDefinition(platform.db, journeys({ name: 'untuned' }));
    const untuned = await start('untuned', { model: 'untuned' });
    assert.match((await failureOf(untuned)).message, /Declare "tuning" in it, or give "search"/);
  });

  it('cancelled: leaves no run under way', async () => {
    const { db } = platform;
    const handle = await start('cancelled', {
      search: {
        method: 'random',
        trials: 4,
        holdOutDays: 4,
        space: { learningRate: { uniform: [0.01, 0.1] }, epochs: { integer: [9_000, 10_000] } },
      },
    });
    const running = () => searchRuns(db, { model, status: 'running' });
    await waitFor('a trial is under way', async () => (await running()).runs.length > 0);
    await handle.cancel();
    await assert.rejects(handle.result(), (error: unknown) => {
      assert.ok(error instanceof WorkflowFailedError);
      return error.cause instanceof CancelledFailure;
    });
    assert.deepEqual((await running()).runs, []);
    const cancelled = await searchRuns(db, { model, status: 'cancelled' });
    assert.equal(cancelled.runs.length, 1);
    await recordHistory(handle, 'tuneModel-cancelled');
  });
});
