import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { readDeploymentEpoch } from '../../src/store/deployments.js';
import { recordMetrics } from '../../src/store/runMetrics.js';
import { abandonRun } from '../../src/store/runs.js';
import { requireModelVersion } from '../../src/store/versions.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { addPredictions } from '../support/predictions.js';
import { registerModel, type RegisteredModel } from '../support/registry.js';
import { runTempered } from '../support/temperedProgram.js';

describe('the registry on the command line', () => {
  let database: TestDatabase;
  let registry: RegisteredModel;
  /** Made version 2. */
  let used: string;
  /** Failed. */
  let unused: string;

  before(async () => {
    database = await createTestDatabase();
    const { db } = database;
    registry = await registerModel(db);
    await registry.promoteNext(await registry.deployBaseline());
    used = (await requireModelVersion(db, 'lateness', 2)).runId;
    await recordMetrics(db, used, [{ name: 'loss', step: 1, value: 0.25 }]);
    unused = await registry.addRun();
    await abandonRun(db, unused, 'failed', 'it diverged');
  });
  after(() => database.drop());

  const tempered = (...args: string[]) =>
    runTempered(args, { DATABASE_URL: database.url, TEMPERED_ARTIFACTS: '/nowhere' });

  async function succeeds(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await tempered(...args);
    assert.equal(code, 0, stderr);
    return stdout;
  }

  async function fails(...args: string[]): Promise<string> {
    const { code, stderr } = await tempered(...args);
    assert.equal(code, 1);
    return stderr;
  }

  it('lists runs by a filter, and points at what is wrong with one', async () => {
    const found = await succeeds('runs', 'list', '--where', 'metrics.loss < 0.4', '--sort', '-started');
    assert.match(found, new RegExp(`^run .*\n${used.slice(0, 8)} +lateness .* 2 +loss=0.25\n$`));
    const wrong = await fails('runs', 'list', '--where', 'metrics.loss <');
    assert.match(wrong, /at character 15: a value is expected/);
    assert.match(wrong, /\n {2}metrics\.loss <\n {16}\^\n/);
  });

  it('goes from page to page', async () => {
    const page = z.object({ runs: z.array(z.object({ id: z.string() })), nextCursor: z.string().nullable() });
    const first = page.parse(JSON.parse(await succeeds('runs', 'list', '--limit', '2', '--json')));
    const cursor = first.nextCursor ?? '';
    const second = page.parse(JSON.parse(await succeeds('runs', 'list', '--json', '--cursor', cursor)));
    assert.equal(new Set([...first.runs, ...second.runs].map(({ id }) => id)).size, 3);
  });

  it('shows a run, and sets runs side by side', async () => {
    const shown = await succeeds('runs', 'show', unused.slice(0, 8));
    assert.match(shown, new RegExp(`run +${unused}`));
    assert.match(shown, /status +failed: it diverged/);
    const compared = await succeeds('runs', 'compare', used, unused);
    assert.match(compared, /\* +metrics\.loss +0\.25 +–/);
    assert.match(compared, /\n +seed +1 +1\n/);
  });

  it('tags a run, and finds it by its tag', async () => {
    await succeeds('runs', 'tag', unused, 'note=too fast', 'owner=me');
    assert.equal(await succeeds('runs', 'tag', unused, '--remove', 'owner'), 'note=too fast\n');
    assert.match(await succeeds('runs', 'list', '--tag', 'note=too fast'), new RegExp(unused.slice(0, 8)));
    assert.match(await fails('runs', 'tag', unused, 'nothing'), /The tag "nothing" \(name=value\)/);
  });

  it('hides a run and brings it back, but not one that a version needs', async () => {
    await succeeds('runs', 'delete', unused);
    const listed = async (...args: string[]) =>
      (await succeeds('runs', 'list', ...args)).includes(unused.slice(0, 8));
    assert.deepEqual([await listed(), await listed('--deleted')], [false, true]);
    await succeeds('runs', 'restore', unused);
    assert.equal(await listed(), true);
    assert.match(await fails('runs', 'delete', used), /made a model version, whose lineage needs it/);
  });

  it('names versions, and remembers', async () => {
    await succeeds('models', 'alias', 'set', 'lateness', 'trusted', '1', '--reason', 'before the storm');
    const aliases = await succeeds('models', 'aliases', 'lateness');
    assert.match(aliases, /champion +2 /);
    assert.match(aliases, /trusted +1 .*before the storm/);
    await succeeds('models', 'alias', 'remove', 'lateness', 'trusted');
    assert.doesNotMatch(await succeeds('models', 'aliases', 'lateness'), /trusted/);
    assert.equal((await succeeds('models', 'aliases', 'lateness', '--history')).trim().split('\n').length, 3);
    assert.match(
      await fails('models', 'alias', 'set', 'lateness', 'champion', '1'),
      /follows from what is deployed/,
    );
  });

  it('lists versions, and tells what served at a moment', async () => {
    assert.match(await succeeds('models', 'versions', 'lateness'), /\n2 +trained +passed /);
    const { createdAt } = await readDeploymentEpoch(database.db, 'lateness', 2);
    const before = new Date(Date.parse(createdAt) - 1).toISOString();
    assert.match(
      await succeeds('models', 'serving', 'lateness', '--at', before),
      /^lateness, epoch 1, from .* to /,
    );
    assert.match(await succeeds('models', 'serving', 'lateness'), /epoch 2, .* until now/);
    assert.match(await fails('models', 'serving', 'lateness', '--at', '2001-01-01'), /Nothing served/);
  });

  it('hides an archived model', async () => {
    await succeeds('models', 'archive', 'lateness');
    assert.match(await succeeds('models', 'list', '--deleted'), /lateness \(archived\)/);
    assert.match(await succeeds('models', 'restore', 'lateness'), /restored lateness/);
  });

  it('answers an auditor with one command', async () => {
    const [id = ''] = await addPredictions(database.db, {
      ...{ model: 'lateness', version: 2, arm: 'champion', epoch: 2 },
    });
    const tree = await succeeds('lineage', id, '--upstream');
    for (const kind of [
      'deployment lateness#2',
      'rollout ',
      'validation ',
      `run ${used}`,
      'dataset ',
      'source rows@',
    ]) {
      assert.ok(tree.includes(kind), `no "${kind}" in ${tree}`);
    }
    assert.doesNotMatch(tree, /downstream/);
    const graph = z.object({ focus: z.object({ kind: z.string() }) });
    const json = await succeeds('lineage', 'lateness@champion', '--json');
    assert.equal(graph.parse(JSON.parse(json)).focus.kind, 'version');
    assert.match(await fails('lineage', 'nobody@1'), /nothing called "nobody@1"/);
  });
});
