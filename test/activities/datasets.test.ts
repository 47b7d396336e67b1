import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { datasetActivities } from '../../src/activities/datasets.js';
import { openFileSystemArtifactStore } from '../../src/artifacts/fileSystem.js';
import { dataRequirementsSchema } from '../../src/domain/dataRequirements.js';
import { listDataRequirements } from '../../src/store/dataRequirements.js';
import { readDatasetVersion } from '../../src/store/datasets.js';
import { registerDefinition } from '../../src/store/models.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { lateness } from '../support/registry.js';
import { runTempered } from '../support/temperedProgram.js';

const window = { from: '2001-01-01T00:00:00.000Z', to: '2001-01-02T00:00:00.000Z' };
const rows = (x: string): string =>
  `moment,name,x,late\n2001-01-01 01:00:00,Ada,1,true\n2001-01-01 02:00:00,Grace,${x},false\n`;
const model = 'lateness';

let database: TestDatabase;
let directory: string;
let source: string;
before(async () => {
  database = await createTestDatabase();
  directory = await mkdtemp(join(tmpdir(), 'tempered-datasets-'));
  source = join(directory, 'rows.csv');
});
after(async () => {
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

async function prepare() {
  const { db } = database;
  const artifacts = openFileSystemArtifactStore(join(directory, 'artifacts'));
  const { definitionDigest } = await registerDefinition(db, {
    ...lateness,
    dataset: {
      source: 'rows',
      columns: { moment: 'moment', name: 'name', x: 'x', late: 'late' },
      eventTime: 'moment',
      target: 'late',
      checks: [{ kind: 'non-null', column: 'x' }],
    },
  });
  const activities = datasetActivities({
    db,
    artifacts,
    sources: { rows: { kind: 'csv', path: source } },
  });
  const tempered = (...args: string[]) =>
    runTempered(args, { DATABASE_URL: database.url, TEMPERED_ARTIFACTS: join(directory, 'artifacts') });
  return {
    db,
    artifacts,
    tempered,
    snapshot: () => activities.snapshotDataset({ definitionDigest, window, maxRows: 100 }),
  };
}

describe('a snapshot of rows that break a check', () => {
  it('is refused for good; its report names the rows, the error only how many', async () => {
    const { db, artifacts, snapshot, tempered } = await prepare();
    await writeFile(source, rows(''));
    const error = await snapshot().then(
      () => assert.fail('it was taken'),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof Error && 'permanent' in error && error.permanent === true);
    assert.match(error.message, /"x" is NULL in 1 of 2 rows.*tempered datasets requirements [0-9a-f]{12}$/);
    assert.doesNotMatch(error.message, /Grace/);

    const [report, ...others] = await listDataRequirements(db, model, { limit: 10 });
    assert.ok(report !== undefined && others.length === 0);
    assert.deepEqual(
      { ...report, id: '', markdownSha256: '', createdAt: '' },
      {
        ...{ id: '', markdownSha256: '', createdAt: '', model, source: 'rows', window, checks: 4, unmet: 1 },
      },
    );
    const json = dataRequirementsSchema.parse(
      JSON.parse(await readFile(await artifacts.fetch(report.id), 'utf8')),
    );
    assert.equal(json.met, false);
    assert.deepEqual(json.checks.at(-1)?.samples, [
      { moment: '2001-01-01 02:00:00', name: 'Grace', x: null, late: 'false' },
    ]);

    const shown = await tempered('datasets', 'requirements', model);
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(shown.stdout, /^# Data requirements of lateness\n/);
    assert.match(shown.stdout, /\*\*1 of 4 requirements are not met\*\*/);
    assert.match(shown.stdout, /\| NULL \| false \| Grace \| 2001-01-01 02:00:00 \|/);
    const byId = await tempered('datasets', 'requirements', report.id.slice(0, 12), '--json');
    assert.deepEqual(dataRequirementsSchema.parse(JSON.parse(byId.stdout)), json);
  });

  it('invariant 8: an activity that runs twice leaves one report', async () => {
    const { db, snapshot } = await prepare();
    await assert.rejects(snapshot(), { code: 'UnusableData' });
    assert.equal((await listDataRequirements(db, model, { limit: 10 })).length, 1);
  });
});

describe('a snapshot of rows that fulfil their checks', () => {
  it('leaves a dataset version and a report that says so, and both can be looked at', async () => {
    const { db, snapshot, tempered } = await prepare();
    await writeFile(source, rows('2'));
    const { datasetVersionId } = await snapshot();
    const version = await readDatasetVersion(db, datasetVersionId);
    assert.equal(version.statistics.length, 4);
    const [report] = await listDataRequirements(db, model, { limit: 1 });
    assert.equal(report?.unmet, 0);

    const list = await tempered('datasets', 'list');
    assert.match(list.stdout, new RegExp(`${datasetVersionId.slice(0, 12)}  rows `));
    const shown = await tempered('datasets', 'show', datasetVersionId.slice(0, 8));
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(shown.stdout, /x +BIGINT +0 +2 +1 +1 +1\.5 +2/);
    assert.match(shown.stdout, /"x" is there +"x" is NULL in no row/);
    const json = await tempered('datasets', 'show', datasetVersionId, '--json');
    assert.deepEqual(JSON.parse(json.stdout), version);
  });

  it('is not found where there is none', async () => {
    const { tempered } = await prepare();
    const absent = await tempered('datasets', 'show', 'ffffffff');
    assert.equal(absent.code, 1);
    assert.match(absent.stderr, /There is no dataset version ffffffff/);
    assert.match(
      (await tempered('datasets', 'requirements', 'no-such-model')).stderr,
      /no model "no-such-model"/,
    );
  });
});

describe('a dataset version from before there were statistics', () => {
  it('can still be read', async () => {
    const { db } = database;
    const { statistics, checks, ...old } = await readDatasetVersion(
      db,
      await db('dataset_versions')
        .first('id')
        .then(({ id }: { id: string }) => id),
    );
    assert.ok(statistics.length > 0 && checks.length > 0);
    const id = 'a'.repeat(64);
    await db('dataset_versions').insert({
      id,
      manifest: JSON.stringify({ ...old, id }),
      parquet_sha256: old.parquetSha256,
      row_count: old.rowCount,
    });
    assert.deepEqual(await readDatasetVersion(db, id), { ...old, id, statistics: [], checks: [] });
  });
});
