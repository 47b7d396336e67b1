import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { UnmetChecks } from '../../../src/artifacts/checks/unmetChecks.js';
import { openFileSystemArtifactStore } from '../../../src/artifacts/fileSystem.js';
import { snapshotDataset } from '../../../src/artifacts/snapshot.js';
import type { DataCheck } from '../../../src/domain/dataCheck.js';
import { temporaryDirectory } from '../temporaryDirectory.js';

const window = { from: '2001-01-01T00:00:00.000Z', to: '2001-01-02T00:00:00.000Z' };
const header = 'day,id,x,late';
const good = [
  '2001-01-01 01:00:00,a,1,true',
  '2001-01-01 02:00:00,b,2,false',
  '2001-01-01 03:00:00,c,3,false',
];

async function snapshotOf(test: TestContext, lines: readonly string[], checks: DataCheck[]) {
  const directory = await temporaryDirectory(test);
  const path = join(directory, 'rows.csv');
  await writeFile(path, [header, ...lines, ''].join('\n'));
  return snapshotDataset(
    {
      source: { name: 'journeys', configuration: { kind: 'csv', path, types: { id: 'VARCHAR' } } },
      dataset: {
        source: 'journeys',
        columns: { day: 'day', id: 'id', x: 'x', late: 'late' },
        eventTime: 'day',
        target: 'late',
        outcomeDelayHours: 0,
        checks,
      },
      window,
      maxRows: 1000,
    },
    openFileSystemArtifactStore(directory),
  );
}

async function brokenBy(test: TestContext, lines: readonly string[], checks: DataCheck[]) {
  const error = await snapshotOf(test, lines, checks).then(
    () => assert.fail('no check was broken'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof UnmetChecks, String(error));
  assert.equal(error.code, 'UnusableData');
  assert.equal(error.permanent, true);
  const [unmet, ...others] = error.checked.checks.filter(({ met }) => !met);
  assert.ok(unmet !== undefined && others.length === 0);
  return { message: error.message, unmet };
}

describe('a quality check', () => {
  it('lets good rows pass', async (test) => {
    const { checks } = await snapshotOf(test, good, [
      { kind: 'non-null', column: 'x', maxShare: 0 },
      { kind: 'non-null', column: 'day', maxShare: 0 },
      { kind: 'range', column: 'x', min: 1, max: 3, maxShare: 0 },
      { kind: 'unique', columns: ['id'] },
      { kind: 'freshness', maxAgeHours: 21 },
    ]);
    assert.ok(checks.every(({ met, offendingRows }) => met && offendingRows === 0));
  });

  it('non-null: counts what is missing, says since when, and keeps the rows', async (test) => {
    const lines = [...good, '2001-01-01 05:00:00,d,,true', '2001-01-01 04:00:00,e,,true'];
    const { message, unmet } = await brokenBy(test, lines, [
      { kind: 'non-null', column: 'x', maxShare: 0.1 },
    ]);
    assert.match(
      message,
      /"journeys" breaks 1 of 4 checks.*"x" is there, except in 10 % of the rows, but "x" is NULL in 2 of 5 rows/,
    );
    assert.deepEqual(
      { ...unmet, expected: '', found: '' },
      {
        ...{
          kind: 'non-null',
          columns: ['x'],
          expected: '',
          found: '',
          met: false,
          rows: 5,
          offendingRows: 2,
        },
        firstAt: '2001-01-01T04:00:00.000Z',
        lastAt: '2001-01-01T05:00:00.000Z',
        samples: [
          { day: '2001-01-01 04:00:00', id: 'e', x: null, late: 'true' },
          { day: '2001-01-01 05:00:00', id: 'd', x: null, late: 'true' },
        ],
      },
    );
    const tolerant = await snapshotOf(test, lines, [{ kind: 'non-null', column: 'x', maxShare: 0.4 }]);
    assert.equal(tolerant.checks.at(-1)?.offendingRows, 2);
  });

  it('non-null of the event time: finds rows that lie in no window', async (test) => {
    const { unmet } = await brokenBy(
      test,
      [...good, ',d,4,true'],
      [{ kind: 'non-null', column: 'day', maxShare: 0 }],
    );
    assert.equal(unmet.offendingRows, 1);
    assert.deepEqual(unmet.samples, [{ day: null, id: 'd', x: '4', late: 'true' }]);
  });

  it('range: both ends belong to it, NULL is not judged, and values are shown', async (test) => {
    const lines = [...good, '2001-01-01 04:00:00,d,,true', '2001-01-01 05:00:00,e,99,true'];
    const { message, unmet } = await brokenBy(test, lines, [
      { kind: 'range', column: 'x', min: 1, max: 3, maxShare: 0 },
    ]);
    assert.match(
      message,
      /"x" is at least 1 and at most 3, but "x" is out of range in 1 of 5 rows \(such as 99\)/,
    );
    assert.equal(unmet.offendingRows, 1);
  });

  it('range: refuses a column that is no number', (test) =>
    assert.rejects(snapshotOf(test, good, [{ kind: 'range', column: 'id', min: 1, maxShare: 0 }]), {
      code: 'InvalidInput',
      message: /range of "id", which is VARCHAR/,
    }));

  it('unique: counts rows that repeat another one’s key, NULL never', async (test) => {
    const repeated = '2001-01-01 04:00:00,a,9,true';
    const { message, unmet } = await brokenBy(
      test,
      [...good, repeated, repeated, '2001-01-01 06:00:00,,1,true', '2001-01-01 06:00:00,,1,true'],
      [{ kind: 'unique', columns: ['id'] }],
    );
    assert.match(message, /no two rows share "id", but 2 of 7 rows repeat another \(such as a\)/);
    assert.deepEqual(
      unmet.samples.map(({ id, day }) => [id, day]),
      [
        ['a', '2001-01-01 01:00:00'],
        ['a', '2001-01-01 04:00:00'],
        ['a', '2001-01-01 04:00:00'],
      ],
    );
    assert.deepEqual([unmet.firstAt, unmet.lastAt], ['2001-01-01T01:00:00.000Z', '2001-01-01T04:00:00.000Z']);
    await snapshotOf(test, [...good, repeated], [{ kind: 'unique', columns: ['id', 'x'] }]);
  });

  it('freshness: judges the newest row by the end of the window', async (test) => {
    const { message } = await brokenBy(test, good, [{ kind: 'freshness', maxAgeHours: 20 }]);
    assert.match(
      message,
      /at most 20 hours older than 2001-01-02T00:00:00.000Z, but the newest is of 2001-01-01T03:00:00.000Z, 21.0 hours before/,
    );
  });

  it('keeps few rows, and cuts long values', async (test) => {
    const long = 'x'.repeat(1000);
    const lines = Array.from({ length: 50 }, (_, i) => `2001-01-01 04:00:00,${long}${String(i)},9,true`);
    const { message, unmet } = await brokenBy(test, lines, [
      { kind: 'range', column: 'x', max: 3, maxShare: 0 },
    ]);
    assert.equal(unmet.offendingRows, 50);
    assert.equal(unmet.samples.length, 5);
    assert.ok(unmet.samples.every(({ id }) => id?.length === 200));
    assert.ok(message.length < 500);
  });
});
