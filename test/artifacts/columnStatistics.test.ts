import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { countRows } from '../../src/artifacts/columns.js';
import { columnStatistics } from '../../src/artifacts/columnStatistics.js';
import { rowsOf, withSandbox } from '../../src/artifacts/duckdb.js';
import type { ColumnStatistics } from '../../src/domain/dataset.js';
import { temporaryDirectory } from './temporaryDirectory.js';

async function statisticsOf(test: TestContext, query: string): Promise<ColumnStatistics[]> {
  const directory = await temporaryDirectory(test);
  const path = join(directory, 'rows.parquet');
  return withSandbox({ files: [], directory }, async (connection) => {
    await connection.run(`COPY (${query}) TO '${path}' (FORMAT parquet)`);
    const rows = await rowsOf(connection, `DESCRIBE SELECT * FROM read_parquet('${path}')`);
    const schema = rows.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }));
    const snapshot = { path, rows: await countRows(path) };
    const first = await columnStatistics(connection, snapshot, schema);
    assert.deepEqual(await columnStatistics(connection, snapshot, schema), first, 'not the same twice');
    return first;
  });
}

const none = {
  nulls: 0,
  nonFinite: 0,
  mean: null,
  std: null,
  quantiles: null,
  topValues: null,
  approximate: false,
};

describe('the statistics of a column', () => {
  it('are exact for numbers of few different values', async (test) => {
    // 1 … 100, each a thousand times, and a NULL, a NaN and an infinity for every hundredth row.
    const [x] = await statisticsOf(
      test,
      `SELECT CASE i % 103 WHEN 100 THEN NULL WHEN 101 THEN 'NaN'::DOUBLE WHEN 102 THEN 'Infinity'::DOUBLE
        ELSE i % 103 + 1 END AS x FROM range(103000) AS t(i)`,
    );
    assert.ok(x?.std !== null && x?.std !== undefined);
    assert.ok(Math.abs(x.std - Math.sqrt(((100 ** 2 - 1) / 12) * (100_000 / 99_999))) < 1e-9);
    assert.deepEqual(
      { ...x, std: null },
      {
        ...{ ...none, name: 'x', nulls: 1000, nonFinite: 2000, distinct: 100, min: 1, max: 100, mean: 50.5 },
        quantiles: { p05: 5, p25: 25, p50: 50, p75: 75, p95: 95 },
      },
    );
  });

  it('are estimated, and say so, for numbers of many different values', async (test) => {
    const [x] = await statisticsOf(
      test,
      `SELECT hash(i) / 18446744073709551616.0 AS x FROM range(200000) AS t(i)`,
    );
    assert.ok(x?.approximate === true && x.quantiles !== null && x.mean !== null && x.distinct !== null);
    assert.ok(Math.abs(x.mean - 0.5) < 0.01);
    assert.ok(Math.abs(x.distinct / 200_000 - 1) < 0.1, String(x.distinct));
    for (const [share, found] of [
      [0.05, x.quantiles.p05],
      [0.25, x.quantiles.p25],
      [0.5, x.quantiles.p50],
      [0.75, x.quantiles.p75],
      [0.95, x.quantiles.p95],
    ] as const) {
      assert.ok(Math.abs(found - share) < 0.01, `${String(share)}: ${String(found)}`);
    }
  });

  it('count what strings and booleans are, the most frequent first', async (test) => {
    const [s, b] = await statisticsOf(
      test,
      `SELECT CASE WHEN i % 10 = 0 THEN NULL WHEN i % 10 < 7 THEN 'often' ELSE 'sometimes' END AS s, i % 4 = 0 AS b
        FROM range(1000) AS t(i)`,
    );
    assert.deepEqual(s, {
      ...{ ...none, name: 's', nulls: 100, distinct: 2, min: 'often', max: 'sometimes' },
      topValues: [
        { value: 'often', count: 600 },
        { value: 'sometimes', count: 300 },
      ],
    });
    assert.deepEqual(b?.topValues, [
      { value: 'false', count: 750 },
      { value: 'true', count: 250 },
    ]);
  });

  it('keep no values of a column in which each row has its own', async (test) => {
    const [many] = await statisticsOf(test, `SELECT md5(i::VARCHAR) AS s FROM range(200000) AS t(i)`);
    assert.equal(many?.topValues, null);
    assert.equal(many.approximate, true);
    const [few] = await statisticsOf(test, `SELECT md5(i::VARCHAR) AS s FROM range(100) AS t(i)`);
    assert.deepEqual(few?.topValues, []);
  });

  it('give times in ISO 8601, and of other types how many are NULL', async (test) => {
    const [t, d, list] = await statisticsOf(
      test,
      `SELECT TIMESTAMP '2001-02-03 04:05:06.789' AS t, DATE '2001-02-03' AS d, NULL::INTEGER[] AS l FROM range(3)`,
    );
    const at = '2001-02-03T04:05:06.789Z';
    assert.deepEqual(t, { ...none, name: 't', distinct: 1, min: at, max: at });
    assert.equal(d?.min, '2001-02-03T00:00:00.000Z');
    assert.deepEqual(list, { ...none, name: 'l', nulls: 3, distinct: null, min: null, max: null });
  });

  it('of a column without any value are empty', async (test) => {
    const [x, s] = await statisticsOf(test, `SELECT NULL::DOUBLE AS x, NULL::VARCHAR AS s FROM range(5)`);
    assert.deepEqual(x, {
      ...none,
      name: 'x',
      nulls: 5,
      distinct: 0,
      min: null,
      max: null,
      approximate: x?.approximate,
    });
    assert.equal(s?.nulls, 5);
  });
});
