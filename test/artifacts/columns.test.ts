import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { countRows, readColumns } from '../../src/artifacts/columns.js';
import { withSandbox } from '../../src/artifacts/duckdb.js';
import type { ColumnBatch } from '../../src/domain/dataset.js';
import type { Feature } from '../../src/domain/feature.js';
import { temporaryDirectory } from './temporaryDirectory.js';

async function writeParquet(test: TestContext, query: string): Promise<string> {
  const directory = await temporaryDirectory(test);
  const path = join(directory, 'rows.parquet');
  await withSandbox({ files: [], directory }, (connection) =>
    connection.run(`COPY (${query}) TO '${path}' (FORMAT parquet)`),
  );
  return path;
}

async function readAll(path: string, features: Feature[], batchRows: number, target?: string) {
  const batches: ColumnBatch[] = [];
  for await (const batch of readColumns(path, { features, batchRows, ...(target && { target }) })) {
    batches.push(batch);
  }
  return batches;
}

const position: Feature = { name: 'position', kind: 'numeric' };

describe('reading columns', () => {
  it('gives each kind of column its own type', async (test) => {
    const path = await writeParquet(
      test,
      `SELECT * FROM (VALUES (1.5, 7::INTEGER, 'a', true), (NULL, -8, 'ß', false)) AS t(x, n, s, late)`,
    );
    const features: Feature[] = [
      { name: 'x', kind: 'numeric' },
      { name: 'n', kind: 'categorical', values: [7, -8] },
      { name: 's', kind: 'categorical', values: ['a', 'ß'] },
    ];
    assert.deepEqual(await readAll(path, features, 100, 'late'), [
      {
        x: new Float32Array([1.5, Number.NaN]),
        n: new BigInt64Array([7n, -8n]),
        s: ['a', 'ß'],
        late: new Float32Array([1, 0]),
      },
    ]);
  });

  it('keeps the order of the file over batches of any size', async (test) => {
    const path = await writeParquet(test, 'SELECT range AS position FROM range(10000)');
    assert.equal(await countRows(path), 10_000);
    for (const batchRows of [999, 2048, 4096, 10_000, 20_000]) {
      const batches = await readAll(path, [position], batchRows);
      const positions = batches.flatMap((batch) => Array.from(batch.position ?? [], Number));
      assert.ok(positions.length === 10_000 && positions.every((value, i) => value === i));
      assert.ok(batches.slice(0, -1).every((batch) => batch.position?.length === batchRows));
    }
  });

  it('may be left half-way', async (test) => {
    const path = await writeParquet(test, 'SELECT range AS position FROM range(100000)');
    for await (const batch of readColumns(path, { features: [position], batchRows: 10 })) {
      assert.equal(batch.position?.length, 10);
      break;
    }
  });

  it('refuses columns that are not what the definition says', async (test) => {
    const path = await writeParquet(test, `SELECT 'x' AS s, 1.5 AS x, NULL::INTEGER AS n, 1e300 AS huge`);
    const refused: [Feature, RegExp][] = [
      [{ name: 'absent', kind: 'numeric' }, /no column "absent"; it has: s, x, n/],
      [{ name: 's', kind: 'numeric' }, /"s" is VARCHAR, but its feature needs a number/],
      [{ name: 'x', kind: 'categorical', values: [1, 2] }, /"x" is DECIMAL.* needs a whole number/],
      [{ name: 'x', kind: 'categorical', values: ['1', '2'] }, /"x" is DECIMAL.* needs a string/],
      [{ name: 'n', kind: 'categorical', values: [1, 2] }, /"n" holds NULL/],
      [{ name: 'huge', kind: 'numeric' }, /cannot be read/],
    ];
    for (const [feature, message] of refused) {
      await assert.rejects(readAll(path, [feature], 10), { code: 'UnusableData', message });
    }
    await assert.rejects(readAll(path, [], 10, 'n'), { code: 'UnusableData', message: /"n" holds NULL/ });
  });
});
