import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { readColumns } from '../../src/artifacts/columns.js';
import { withSandbox } from '../../src/artifacts/duckdb.js';
import { openFileSystemArtifactStore } from '../../src/artifacts/fileSystem.js';
import { describeSource, snapshotDataset } from '../../src/artifacts/snapshot.js';
import type { DatasetSpec } from '../../src/artifacts/source.js';
import type { DataCheck } from '../../src/domain/dataCheck.js';
import { flights, flightsDataset, flightsPath } from './flights.js';
import { temporaryDirectory } from './temporaryDirectory.js';

const oneDay = { from: '2001-01-10T00:00:00.000Z', to: '2001-01-11T00:00:00.000Z' };

async function snapshot(
  test: TestContext,
  change: {
    columns?: Record<string, string>;
    checks?: DataCheck[];
    window?: typeof oneDay;
    maxRows?: number;
    path?: string;
  } = {},
) {
  const store = openFileSystemArtifactStore(await temporaryDirectory(test));
  const dataset: DatasetSpec = {
    ...flightsDataset,
    columns: { ...flightsDataset.columns, ...change.columns },
    checks: change.checks ?? [],
  };
  const configuration = { ...flights, path: change.path ?? flightsPath };
  const version = await snapshotDataset(
    {
      source: { name: 'flights', configuration },
      dataset,
      window: change.window ?? oneDay,
      maxRows: change.maxRows ?? 1_000_000,
    },
    store,
  );
  return { version, path: await store.fetch(version.parquetSha256) };
}

describe('a dataset version', () => {
  it('holds the declared columns of the window, in order of event time, with its lineage', async (test) => {
    const { version, path } = await snapshot(test);
    assert.deepEqual(version.columns, [
      { name: 'departure', type: 'TIMESTAMP' },
      { name: 'hour', type: 'BIGINT' },
      { name: 'distance', type: 'BIGINT' },
      { name: 'origin', type: 'VARCHAR' },
      { name: 'late', type: 'BOOLEAN' },
    ]);
    assert.deepEqual(version.window, oneDay);
    assert.match(version.sourceSha256, /^[0-9a-f]{64}$/);
    assert.match(version.query, /FROM source/);
    assert.ok(version.eventTimeRange !== null);
    assert.ok(version.eventTimeRange.from >= oneDay.from && version.eventTimeRange.to <= oneDay.to);

    const hours: number[] = [];
    const features = [{ name: 'hour', kind: 'numeric' }] as const;
    for await (const batch of readColumns(path, { features, batchRows: 4096 })) {
      hours.push(...Array.from(batch.hour ?? [], Number));
    }
    assert.equal(hours.length, version.rowCount);
    assert.deepEqual(
      hours,
      hours.toSorted((a, b) => a - b),
    );
  });

  it('is the same, byte for byte, when made again', async (test) => {
    const first = await snapshot(test, { maxRows: 5000 });
    const second = await snapshot(test, { maxRows: 5000 });
    assert.deepEqual(second.version, first.version);
  });

  it('holds a sample spread evenly over the window where there are too many rows', async (test) => {
    const whole = await snapshot(test);
    const sample = await snapshot(test, { maxRows: 4000 });
    assert.equal(sample.version.rowCount, 4000);
    assert.notEqual(sample.version.id, whole.version.id);
    assert.match(sample.version.query, /LIMIT 4000/);
    const [ofWhole, ofSample] = await Promise.all([hourShares(whole.path), hourShares(sample.path)]);
    for (const [hour, share] of ofWhole) assert.ok(Math.abs(share - (ofSample.get(hour) ?? 0)) < 0.02);
  });

  it('gets another id for another window', async (test) => {
    const first = await snapshot(test, { maxRows: 1000 });
    const nextDay = { from: oneDay.to, to: '2001-01-12T00:00:00.000Z' };
    const second = await snapshot(test, { maxRows: 1000, window: nextDay });
    assert.notEqual(second.version.id, first.version.id);
  });
});

describe('the manifest of a dataset version', () => {
  it('has statistics of every column, and what the checks found', async (test) => {
    const checks: DataCheck[] = [
      { kind: 'non-null', column: 'origin', maxShare: 0 },
      { kind: 'range', column: 'distance', min: 1, max: 10_000, maxShare: 0 },
      { kind: 'freshness', maxAgeHours: 1 },
    ];
    const { version } = await snapshot(test, { checks });
    assert.deepEqual(
      version.statistics.map(({ name }) => name),
      version.columns.map(({ name }) => name),
    );
    const late = version.statistics.find(({ name }) => name === 'late');
    const counted = (late?.topValues ?? []).reduce((sum, { count }) => sum + count, 0);
    assert.equal(counted, version.rowCount);
    assert.deepEqual(
      version.checks.map(({ kind, met, rows }) => ({ kind, met, rows })),
      ['rows', 'target', 'target', 'non-null', 'range', 'freshness'].map((kind) => ({
        kind,
        met: true,
        rows: version.rowCount,
      })),
    );
  });

  it('judges every row of the window, also where the snapshot is a sample', async (test) => {
    const { version } = await snapshot(test, { maxRows: 1000 });
    assert.equal(version.rowCount, 1000);
    assert.ok((version.checks[0]?.rows ?? 0) > 10_000);
  });
});

describe('a definition that does not fit its source', () => {
  const rejects = async (
    test: TestContext,
    change: Parameters<typeof snapshot>[1],
    code: string,
    message: RegExp,
  ) => {
    await assert.rejects(snapshot(test, change), { name: 'TemperedError', code, message });
  };

  it('is told which column is missing, and what the source has', (test) =>
    rejects(
      test,
      { columns: { speed: 'velocity * 2' } },
      'InvalidInput',
      /columns\.speed names the column "velocity".*"flights".*date, delay, distance, origin, destination/,
    ));

  it('is told which expression is not SQL', async (test) => {
    await rejects(test, { columns: { speed: 'distance +' } }, 'InvalidInput', /columns\.speed is not an SQL/);
    for (const expression of [
      '1), (2',
      '1) FROM source UNION SELECT (2',
      '1); DROP VIEW source; SELECT (2',
    ]) {
      await rejects(test, { columns: { speed: expression } }, 'InvalidInput', /columns\.speed/);
    }
  });

  it('is told what the source covers, when the window is empty', (test) =>
    rejects(
      test,
      { window: { from: '2002-01-01T00:00:00Z', to: '2002-02-01T00:00:00Z' } },
      'UnusableData',
      /no rows.*covers 2001-01-01T00:01:00\.000Z to 2001-07-01T00:00:00\.001Z/,
    ));

  it('is told that its target is not true or false', async (test) => {
    await rejects(test, { columns: { late: 'delay' } }, 'UnusableData', /"late" is neither true\/false/);
    await rejects(test, { columns: { late: 'nullif(delay > 15, false)' } }, 'UnusableData', /"late" is NULL/);
  });

  it('is told which value does not convert', (test) =>
    rejects(test, { columns: { gate: 'origin::INTEGER' } }, 'UnusableData', /cannot be computed/));

  it('is told that the file is not there', (test) =>
    rejects(test, { path: '/nowhere/flights.parquet' }, 'NotFound', /TEMPERED_SOURCES/));
});

describe('the SQL of a definition', () => {
  it('cannot read any file but its source', async (test) => {
    const secret = join(await temporaryDirectory(test), 'secret.csv');
    await writeFile(secret, 'password\nhunter2\n');
    for (const expression of [
      `(SELECT content FROM read_text('${secret}'))`,
      `(SELECT password FROM read_csv('${secret}'))`,
      `(SELECT count(*) FROM glob('/etc/*'))`,
    ]) {
      await assert.rejects(snapshot(test, { columns: { stolen: expression } }), {
        code: 'InvalidInput',
        message: /columns\.stolen has a subquery/,
      });
      await withSandbox({ files: [flightsPath] }, async (connection) => {
        await assert.rejects(connection.run(`SELECT ${expression}`), /Permission Error/, expression);
      });
    }
  });

  it('invariant 4: no leak from the future: each row is computed from that row alone', async (test) => {
    for (const [expression, problem] of [
      ['avg(delay)', /calls avg\(\), which looks at other rows/],
      ['delay + lag(delay) OVER (ORDER BY date)', /has a window function, so it looks at other rows/],
      ['delay > (SELECT avg(delay) FROM source)', /has a subquery, so it looks at other rows/],
    ] as const) {
      await assert.rejects(snapshot(test, { columns: { leaked: expression } }), {
        code: 'InvalidInput',
        message: problem,
      });
    }
  });

  it('invariant 10: same run, same model: a column has the same value whenever it is computed', async (test) => {
    for (const expression of ['random() < 0.5', 'now()::VARCHAR', 'date < current_timestamp', 'uuid()']) {
      await assert.rejects(snapshot(test, { columns: { moving: expression } }), {
        code: 'InvalidInput',
        message: /does not always give the same value/,
      });
    }
  });

  it('cannot open the sandbox', async () => {
    await withSandbox({ files: [flightsPath] }, async (connection) => {
      for (const statement of [
        'SET enable_external_access = true',
        `SET allowed_paths = ['/etc/hostname']`,
        `ATTACH '/tmp/tempered-escape.db'`,
        `COPY (SELECT 1) TO '/tmp/tempered-escape.parquet'`,
        'INSTALL httpfs',
      ]) {
        await assert.rejects(
          connection.run(statement),
          /Permission Error|Cannot change configuration/,
          statement,
        );
      }
    });
  });
});

describe('describing a source', () => {
  it('says how many rows it has and what time they cover', async () => {
    assert.deepEqual(await describeSource(flights, flightsDataset), {
      from: '2001-01-01T00:01:00.000Z',
      to: '2001-07-01T00:00:00.001Z',
      rows: 3_000_000,
    });
  });
});

async function hourShares(path: string): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  let rows = 0;
  const features = [{ name: 'hour', kind: 'numeric' }] as const;
  for await (const batch of readColumns(path, { features, batchRows: 4096 })) {
    for (const hour of batch.hour ?? []) counts.set(Number(hour), (counts.get(Number(hour)) ?? 0) + 1);
    rows += batch.hour?.length ?? 0;
  }
  return new Map([...counts].map(([hour, count]) => [hour, count / rows]));
}
