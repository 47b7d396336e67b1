import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { runComparisonSchema, runListSchema, runSchema } from '../../src/api/runSchemas.js';
import { setAlias } from '../../src/store/aliases.js';
import { readDeploymentEpoch } from '../../src/store/deployments.js';
import { recordMetrics } from '../../src/store/runMetrics.js';
import { tagRun } from '../../src/store/runTags.js';
import { addPredictions } from '../support/predictions.js';
import { createTestGateway, type TestGateway } from '../support/testGateway.js';

describe('runs, lineage and what served', () => {
  let gateway: TestGateway;
  let runIds: string[];

  before(async () => {
    gateway = await createTestGateway();
    const { db } = gateway.database;
    await gateway.served.addVersion(0.5);
    await gateway.served.deployChallenger(2, 0.25);
    const rows = await db('runs').orderBy('started_at').select<{ id: string }[]>('id');
    runIds = rows.map(({ id }) => id);
    for (const [i, id] of runIds.entries()) {
      await recordMetrics(db, id, [
        { name: 'loss', step: 1, value: 0.9 },
        { name: 'loss', step: 2, value: 0.5 - i / 10 },
      ]);
    }
    await tagRun(db, runIds[1] ?? '', { set: { note: 'a=b' }, removed: [] });
  });
  after(() => gateway.close());

  async function ask(path: string, status = 200): Promise<unknown> {
    const response = await gateway.request(path, { key: gateway.keys.status });
    const body: unknown = await response.json();
    assert.equal(response.status, status, JSON.stringify(body));
    return body;
  }
  const search = async (question: Record<string, string>) =>
    runListSchema.parse(await ask(`/runs?${String(new URLSearchParams(question))}`));
  const complaint = async (path: string, status = 400): Promise<string> =>
    z.object({ error: z.string() }).parse(await ask(path, status)).error;

  it('searches runs, page by page', async () => {
    const first = await search({ limit: '1', sort: 'metrics.loss' });
    assert.deepEqual(
      first.runs.map(({ id, metrics, version }) => [id, metrics, version]),
      [[runIds[1], { loss: 0.4 }, 2]],
    );
    const second = await search({ limit: '1', sort: 'metrics.loss', cursor: first.nextCursor ?? '' });
    assert.deepEqual([second.runs[0]?.id, second.nextCursor], [runIds[0], null]);
    assert.equal((await search({ where: 'metrics.loss < 0.45 and status = succeeded' })).runs.length, 1);
    assert.equal((await search({ tag: 'note=a=b' })).runs[0]?.id, runIds[1]);
    assert.equal((await search({ model: 'nobody' })).runs.length, 0);
  });

  it('points at what is wrong with a question', async () => {
    assert.match(await complaint('/runs?where=loss%20%3C%201'), /at character 1: "loss" is no field/);
    assert.match(await complaint('/runs?sort=loss'), /no field of a run/);
    assert.match(await complaint('/runs?cursor=nonsense'), /cursor is none/);
    assert.match(await complaint('/runs?limit=1000'), /limit/);
    assert.match(await complaint('/runs?status=done'), /status/);
    assert.match(await complaint('/runs?tag=x'), /name=value/);
    assert.match(await complaint('/runs?where=tags.x%20%3D%20%22%00%22'), /no text in the registry has/);
    assert.match(await complaint('/runs/nonsense'), /not the id of a run/);
    assert.match(await complaint('/runs/00000000-0000-4000-8000-000000000000', 404), /There is no run/);
    assert.match(await complaint('/run-comparison'), /run/);
  });

  it('shows a run with its curve, and runs side by side', async () => {
    const run = runSchema.parse(await ask(`/runs/${runIds[0] ?? ''}`));
    assert.deepEqual(run.curves, [
      {
        name: 'loss',
        points: [
          { step: 1, value: 0.9 },
          { step: 2, value: 0.5 },
        ],
      },
    ]);
    const question = runIds.map((id) => `run=${id}`).join('&');
    const { runs, rows } = runComparisonSchema.parse(await ask(`/run-comparison?${question}`));
    assert.deepEqual(
      runs.map(({ id }) => id),
      runIds,
    );
    assert.deepEqual(
      rows.find(({ name }) => name === 'loss'),
      { group: 'metrics', name: 'loss', values: [0.5, 0.4], differs: true },
    );
  });

  it('tells the lineage of a prediction, and nothing that its caller sent', async () => {
    const [id = ''] = await addPredictions(gateway.database.db, {
      ...{ model: 'arrival', version: 2, arm: 'challenger', epoch: 2 },
    });
    const body = await ask(`/lineage?of=${id}&direction=upstream`);
    const { nodes } = z
      .object({ nodes: z.array(z.object({ kind: z.string(), id: z.string() })) })
      .parse(body);
    const kinds = new Set(nodes.map(({ kind }) => kind));
    for (const kind of [
      'prediction',
      'deployment',
      'rollout',
      'validation',
      'version',
      'run',
      'dataset',
      'definition',
    ]) {
      assert.ok(kinds.has(kind), `no ${kind} among ${[...kinds].join(', ')}`);
    }
    assert.doesNotMatch(JSON.stringify(body), /of a person/);
    assert.match(await complaint('/lineage?of=nobody%403', 404), /nothing called/);
    assert.match(await complaint('/lineage?of=%00'), /not the name of a thing/);
    assert.match(await complaint('/lineage'), /of/);
  });

  it('tells what served at a moment', async () => {
    const { createdAt } = await readDeploymentEpoch(gateway.database.db, 'arrival', 2);
    const at = (moment: string) => `/models/arrival/serving?at=${encodeURIComponent(moment)}`;
    const epochOf = (body: unknown) => z.object({ epoch: z.int() }).parse(body).epoch;
    assert.equal(epochOf(await ask(at(createdAt))), 2);
    assert.equal(epochOf(await ask(at(new Date(Date.parse(createdAt) - 1).toISOString()))), 1);
    assert.equal(epochOf(await ask('/models/arrival/serving')), 2);
    assert.match(await complaint(at('2001-01-01T00:00:00Z'), 404), /Nothing served/);
    assert.match(await complaint(at('yesterday')), /ISO 8601/);
    assert.match(await complaint('/models/nobody/serving', 404), /no model/);
  });

  it('tells which versions have names', async () => {
    const move = { alias: 'kept', version: 1, actor: 'tests', reason: 'tests' };
    await setAlias(gateway.database.db, 'arrival', move);
    assert.deepEqual(await ask('/models/arrival/aliases'), {
      aliases: [
        { alias: 'champion', version: 1, derived: true },
        { alias: 'challenger', version: 2, derived: true },
        { alias: 'kept', version: 1, derived: false },
      ],
    });
    await ask('/models/nobody/aliases', 404);
  });
});
