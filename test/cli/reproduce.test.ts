import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { RunEnvironment } from '../../src/domain/training.js';
import { controlTaskQueue } from '../../src/domain/names.js';
import { registerDefinition } from '../../src/store/models.js';
import { readRunOutcome } from '../../src/store/runOutcome.js';
import { abandonRun, beginRun, completeRun, readRun } from '../../src/store/runs.js';
import { trainModel, type TrainModelResult } from '../../src/workflows/index.js';
import { journeys } from '../support/journeys.js';
import { createPlatform, type Platform } from '../support/platform.js';
import { runTempered } from '../support/temperedProgram.js';

let platform: Platform;
let trained: TrainModelResult;
/** Where the program puts what it needs for a while. */
let temporary: string;
before(async () => {
  platform = await createPlatform({ gpu: true });
  temporary = await mkdtemp(join(tmpdir(), 'tempered-reproduce-test-'));
  await registerDefinition(platform.db, journeys({ trainer: { name: 'mlp', epochs: 2, hiddenUnits: [4] } }));
  trained = await platform.client.workflow.execute(trainModel, {
    taskQueue: controlTaskQueue,
    workflowId: 'trainModel/reproduced',
    args: [{ model: 'journeys' }],
  });
});
after(async () => {
  await rm(temporary, { recursive: true, force: true });
  await platform.close();
});

const reproduce = (runId: string, environment: NodeJS.ProcessEnv = {}) =>
  runTempered(['reproduce', runId], { ...platform.environment, TMPDIR: temporary, ...environment });

async function footprint() {
  const { TEMPERED_ARTIFACTS: artifacts = '' } = platform.environment;
  return {
    artifacts: (await readdir(artifacts, { recursive: true })).sort(),
    runs: await platform.db('runs').count(),
    recorded: await platform.db('artifacts').count(),
    temporary: await readdir(temporary),
  };
}

/** A run that claims to have been trained by another seed, and elsewhere, than its model really was. */
async function addTamperedRun(elsewhere: Partial<RunEnvironment>): Promise<string> {
  const { db } = platform;
  const [honest, outcome] = [await readRun(db, trained.runId), await readRunOutcome(db, trained.runId)];
  assert.ok(outcome.environment !== null && outcome.modelSha256 !== null);
  const id = randomUUID();
  await beginRun(db, { ...honest, id, seed: honest.seed + 1 });
  const environment = { ...outcome.environment, ...elsewhere };
  await completeRun(db, id, {
    modelSha256: outcome.modelSha256,
    metrics: outcome.metrics,
    parity: null,
    environment,
    resources: null,
  });
  return id;
}

describe('tempered reproduce', () => {
  it('invariant 10: same run, same model: trains again from lineage, bit for bit, and leaves nothing behind', async () => {
    const before = await footprint();
    const { code, stdout, stderr } = await reproduce(trained.runId);
    assert.equal(code, 0, stderr + stdout);
    const { modelSha256 } = await readRunOutcome(platform.db, trained.runId);
    assert.match(stdout, /^run [0-9a-f-]{36} of journeys: the same model, bit for bit\n/);
    assert.match(stdout, new RegExp(`recorded  ${String(modelSha256)}\\n  again     ${String(modelSha256)}`));
    assert.deepEqual(await footprint(), before);
  });

  it('invariant 10: same run, same model: the baseline, too', async () => {
    const baseline = await platform
      .db<{ id: string; trainer: string }>('runs')
      .where({ trainer: 'base-rate' })
      .first();
    const { code, stdout, stderr } = await reproduce(baseline?.id ?? '');
    assert.equal(code, 0, stderr + stdout);
    assert.match(stdout, /trained again with base-rate on 3360 rows by counting/);
  });

  it('says what differs: weights, metrics and environment, and exits with 1', async () => {
    const tampered = await addTamperedRun({ node: '1.2.3' });
    const before = await footprint();
    const { code, stdout, stderr } = await reproduce(tampered);
    assert.equal(code, 1, stderr + stdout);
    assert.match(stdout, /ANOTHER MODEL/);
    assert.match(stdout, /graph: \d+ of \d+ numbers differ, by up to \d\.\d+ \(in \/constant_\d+\)/);
    assert.match(stdout, /metric loss: 0\.\d+ → 0\.\d+ at step 1, the first that differs/);
    assert.match(stdout, new RegExp(`node: 1\\.2\\.3 → ${process.versions.node}`));
    assert.deepEqual(await footprint(), before);
  });

  it('says that the back end of the run is not here, and trains on no other', async () => {
    const runId = await addTamperedRun({ backend: 'tfjs-node-gpu' });
    const { code, stderr } = await reproduce(runId);
    assert.equal(code, 1);
    assert.match(stderr, /backend tfjs-node-gpu was asked for and cannot be used/);
  });

  it('trains on nothing but the dataset version itself', async () => {
    const empty = join(temporary, 'empty-store');
    await mkdir(empty);
    const { code, stderr } = await reproduce(trained.runId, { TEMPERED_ARTIFACTS: empty });
    assert.equal(code, 1);
    assert.match(stderr, /^Artifact [0-9a-f]{64} is not in the store/m);
    await rm(empty, { recursive: true });
  });

  it('says of a run that made no model, and of what is no run, that there is nothing to compare with', async () => {
    const { db } = platform;
    const id = randomUUID();
    await beginRun(db, { ...(await readRun(db, trained.runId)), id });
    await abandonRun(db, id, 'failed', 'tests');
    for (const [run, complaint] of [
      [id, /is "failed" and made no model/],
      [randomUUID(), /There is no run/],
      ['journeys', /must be the id of a run/],
    ] as const) {
      const { code, stderr } = await reproduce(run);
      assert.equal(code, 1);
      assert.match(stderr, complaint);
    }
  });
});
