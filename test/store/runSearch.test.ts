import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { parseRunFilter, parseRunSort } from '../../src/domain/runFilter.js';
import { recordArtifact } from '../../src/store/artifacts.js';
import { readRunComparison } from '../../src/store/runComparison.js';
import { deleteRun } from '../../src/store/runDeletion.js';
import { readRunDetails } from '../../src/store/runDetails.js';
import { resolveRunId } from '../../src/store/runIds.js';
import { recordMetrics } from '../../src/store/runMetrics.js';
import { abandonRun, beginRun, completeRun, readRun } from '../../src/store/runs.js';
import { searchRuns, type RunSearch } from '../../src/store/runSearch.js';
import { tagRun } from '../../src/store/runTags.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { registerModel, type RegisteredModel } from '../support/registry.js';

const modelSha256 = createHash('sha256').update('model').digest('hex');

describe('searching runs', () => {
  let database: TestDatabase;
  let registry: RegisteredModel;
  /** Runs by what they are called here. */
  const ids: Record<string, string> = {};

  before(async () => {
    database = await createTestDatabase();
    registry = await registerModel(database.db);
    await recordArtifact(database.db, { sha256: modelSha256, bytes: 3, kind: 'model' });
    await add('small', { epochs: 4, learningRate: 0.01 }, [0.9, 0.5, 0.45]);
    await add('wide', { epochs: 4, hiddenUnits: [64], schedule: { decay: 0.9 } }, [0.8, 0.3]);
    await add('long', { epochs: 40, note: 'it’s 100 % "quoted"' }, [0.7, 0.2]);
    await add('failed', { epochs: 4 }, null);
    await add('running', { epochs: 4 }, undefined);
  });
  after(() => database.drop());

  /** Losses of a run that succeeded; null for one that failed, undefined for one under way. */
  async function add(name: string, params: Record<string, unknown>, losses: number[] | null | undefined) {
    const { db } = database;
    const template = await readRun(db, await registry.addRun());
    const id = randomUUID();
    await beginRun(db, { ...template, id, params });
    await abandonRun(db, template.id, 'cancelled', 'only a template');
    await deleteRun(db, template.id, 'tests');
    await tagRun(db, id, { set: { name }, removed: [] });
    if (losses === null) await abandonRun(db, id, 'failed', 'diverged');
    if (losses === undefined) await recordMetrics(db, id, [{ name: 'loss', step: 1, value: 0.6 }]);
    if (Array.isArray(losses)) {
      await completeRun(db, id, {
        modelSha256,
        metrics: losses.map((value, i) => ({ name: 'loss', step: i + 1, value })),
        parity: null,
        environment: {
          backend: 'wasm',
          threads: 1,
          node: '20.11.0',
          platform: 'linux-x64',
          cpuModel: 'tests',
          cpuCount: 2,
          packages: { '@tensorflow/tfjs-core': '4.22.0' },
          gitCommit: null,
        },
        resources: { cpuSeconds: losses.length, gpuSeconds: null },
      });
    }
    ids[name] = id;
  }

  async function names(search: RunSearch): Promise<string[]> {
    const { runs } = await searchRuns(database.db, search);
    return runs.map(({ tags }) => tags.name ?? '(no name)');
  }

  it('shows the newest first, and no deleted ones', async () => {
    assert.deepEqual(await names({}), ['running', 'failed', 'long', 'wide', 'small']);
    assert.equal((await names({ deleted: true })).length, 10);
    assert.deepEqual(await names({ status: 'running' }), ['running']);
    assert.deepEqual(await names({ model: 'nobody' }), []);
    assert.deepEqual(await names({ tags: { name: 'wide' } }), ['wide']);
  });

  const filters: [filter: string, found: string[]][] = [
    ['metrics.loss < 0.4', ['long', 'wide']],
    ['metrics.loss < 0.4 and params.epochs = 4', ['wide']],
    ['not metrics.loss < 0.4', ['running', 'failed', 'small']],
    ['status = running or metrics.loss = 0.45', ['running', 'small']],
    ['params.epochs > 4', ['long']],
    ['params.hiddenUnits = 4', []],
    ["params.hiddenUnits contains '64'", ['wide']],
    ['params.schedule.decay >= 0.9', ['wide']],
    [`params.note contains '100 % "quoted"'`, ['long']],
    ['environment.packages.`@tensorflow/tfjs-core` = "4.22.0" and cpuSeconds > 2', ['small']],
    ['tags.name contains i', ['running', 'failed', 'wide']],
    ["started > '2001-01-01' and not (status = failed or status = succeeded)", ['running']],
    ['permutedLabels = true', []],
    [`tags.name = "'; drop table runs; --"`, []],
    ['gpuSeconds = 0', []],
    [
      "ended > '2001-01-01' and durationSeconds < 3600 and seed = 1 and trainer = logistic",
      ['failed', 'long', 'wide', 'small'],
    ],
  ];
  for (const [filter, found] of filters) {
    it(`finds ${filter}`, async () => {
      assert.deepEqual(await names({ where: parseRunFilter(filter) }), found);
    });
  }

  it('sorts by any field, runs that lack it last', async () => {
    const sorted = (by: string) => names({ sort: parseRunSort(by) });
    assert.deepEqual(await sorted('metrics.loss'), ['long', 'wide', 'small', 'running', 'failed']);
    assert.deepEqual(await sorted('-metrics.loss'), ['running', 'small', 'wide', 'long', 'failed']);
    assert.deepEqual((await sorted('-params.epochs'))[0], 'long');
    assert.deepEqual(await sorted('tags.name'), ['failed', 'long', 'running', 'small', 'wide']);
  });

  it('goes through all pages once, in whatever order', async () => {
    for (const by of [
      'metrics.loss',
      '-metrics.loss',
      'started',
      '-started',
      'tags.name',
      '-params.epochs',
      'params.note',
      'permutedLabels',
      '-gpuSeconds',
      'status',
    ]) {
      const sort = parseRunSort(by);
      const whole = await names({ sort });
      const paged: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await searchRuns(database.db, {
          sort,
          limit: 2,
          ...(cursor === null ? {} : { cursor }),
        });
        paged.push(...page.runs.map(({ tags }) => tags.name ?? ''));
        cursor = page.nextCursor;
      } while (cursor !== null);
      assert.deepEqual(paged, whole, by);
    }
  });

  it('refuses a cursor that is none', async () => {
    const { nextCursor } = await searchRuns(database.db, { sort: parseRunSort('tags.name'), limit: 1 });
    assert.ok(nextCursor !== null);
    for (const [cursor, by] of [
      ['nonsense', 'started'],
      [nextCursor, 'metrics.loss'],
      [nextCursor, 'started'],
      [nextCursor, 'params.epochs'],
    ] as const) {
      await assert.rejects(searchRuns(database.db, { cursor, sort: parseRunSort(by) }), {
        code: 'InvalidInput',
        message: /cursor is none/,
      });
    }
  });

  it('tells all of one run, its curve while it is under way', async () => {
    const run = await readRunDetails(database.db, ids.running ?? '');
    assert.deepEqual([run.status, run.metrics, run.environment], ['running', { loss: 0.6 }, null]);
    const ended = await readRunDetails(database.db, ids.wide ?? '');
    assert.deepEqual(ended.curves, [
      {
        name: 'loss',
        points: [
          { step: 1, value: 0.8 },
          { step: 2, value: 0.3 },
        ],
      },
    ]);
    assert.deepEqual(
      ended.artifacts.map(({ name, sha256 }) => [name, sha256]),
      [['model', modelSha256]],
    );
    await assert.rejects(readRunDetails(database.db, randomUUID()), { code: 'NotFound' });
  });

  it('thins a long curve out, keeping its ends', async () => {
    const { db } = database;
    const id = await registry.addRun();
    const points = Array.from({ length: 2501 }, (_, i) => ({ name: 'loss', step: i, value: 1 / (i + 1) }));
    await recordMetrics(db, id, points);
    const [curve] = (await readRunDetails(db, id)).curves;
    assert.ok(curve !== undefined && curve.points.length <= 1001 && curve.points.length > 800);
    assert.deepEqual([curve.points[0]?.step, curve.points.at(-1)?.step], [0, 2500]);
    await abandonRun(db, id, 'cancelled', 'tests');
    await deleteRun(db, id, 'tests');
  });

  it('sets runs side by side', async () => {
    const { runs, rows } = await readRunComparison(database.db, [ids.small ?? '', ids.wide ?? '']);
    assert.deepEqual(
      runs.map(({ id }) => id),
      [ids.small, ids.wide],
    );
    const row = (name: string) => rows.find((each) => each.name === name);
    assert.deepEqual(row('loss')?.values, [0.45, 0.3]);
    assert.deepEqual([row('learningRate')?.differs, row('epochs')?.differs], [true, false]);
  });

  it('knows a run by its first eight characters', async () => {
    const id = ids.small ?? '';
    assert.equal(await resolveRunId(database.db, id), id);
    assert.equal(await resolveRunId(database.db, id.slice(0, 8).toUpperCase()), id);
    await assert.rejects(resolveRunId(database.db, id.slice(0, 7)), { code: 'InvalidInput' });
    await assert.rejects(resolveRunId(database.db, 'nothing-here'), { code: 'InvalidInput' });
    await assert.rejects(resolveRunId(database.db, randomUUID()), { code: 'NotFound' });
  });
});
