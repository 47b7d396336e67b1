import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { rowsOf, withSandbox } from '../../src/artifacts/duckdb.js';
import { createSourceView, withLocalSource } from '../../src/artifacts/sources/localSource.js';
import type { SourceConfiguration } from '../../src/domain/sourceConfiguration.js';
import { temporaryDirectory } from './temporaryDirectory.js';

async function readSource(configuration: SourceConfiguration) {
  return withLocalSource({ name: 'journeys', configuration }, (local) =>
    withSandbox({ files: local.files }, async (connection) => {
      await createSourceView(connection, local);
      const types = await rowsOf(connection, 'DESCRIBE SELECT * EXCLUDE ("source row") FROM source');
      const rows = await connection.runAndReadAll(
        'SELECT * EXCLUDE ("source row") FROM source ORDER BY "source row"',
      );
      return {
        types: types.map((row) => `${String(row.column_name)} ${String(row.column_type)}`),
        rows: rows.getRowsJson(),
        sha256: local.sha256,
      };
    }),
  );
}

async function writeFiles(test: TestContext, files: Record<string, string>): Promise<string> {
  const directory = await temporaryDirectory(test);
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  return directory;
}

describe('a CSV source', () => {
  it('gives each column the type that fits all its rows, and tells NULL from an empty string', async (test) => {
    const directory = await writeFiles(test, {
      'rows.csv':
        'at,n,late,name\n2001-01-01 00:00:00,1,true,"a, ""b"""\n2001-01-02 00:00:00,,false,""\n,2.5,,\n',
    });
    const { types, rows } = await readSource({ kind: 'csv', path: join(directory, 'rows.csv') });
    assert.deepEqual(types, ['at TIMESTAMP', 'n DOUBLE', 'late BOOLEAN', 'name VARCHAR']);
    assert.deepEqual(rows, [
      ['2001-01-01 00:00:00', 1, true, 'a, "b"'],
      ['2001-01-02 00:00:00', null, false, ''],
      [null, 2.5, null, null],
    ]);
  });

  it('finds a type, and a quote, that only a late row shows', async (test) => {
    const plain = Array.from({ length: 30_000 }, (_, i) => `${String(i)},x`).join('\n');
    const directory = await writeFiles(test, { 'rows.csv': `n,s\n${plain}\nmany,"a,b"\n` });
    const { types, rows } = await readSource({ kind: 'csv', path: join(directory, 'rows.csv') });
    assert.deepEqual(types, ['n VARCHAR', 's VARCHAR']);
    assert.deepEqual(rows.at(-1), ['many', 'a,b']);
  });

  it('takes declared types and another delimiter', async (test) => {
    const directory = await writeFiles(test, { 'rows.csv': 'code;price\n7;1.50\n' });
    const source = { kind: 'csv', path: join(directory, 'rows.csv'), delimiter: ';' } as const;
    const types = { code: 'VARCHAR', price: 'DECIMAL(9, 2)' };
    assert.deepEqual((await readSource(source)).types, ['code BIGINT', 'price DOUBLE']);
    const declared = await readSource({ ...source, types });
    assert.deepEqual(declared.types, ['code VARCHAR', 'price DECIMAL(9,2)']);
    assert.deepEqual(declared.rows, [['7', '1.50']]);
  });

  it('says which line is wrong, without quoting it', async (test) => {
    const directory = await writeFiles(test, { 'rows.csv': 'name,n\nAda Lovelace,1\nGrace Hopper,many\n' });
    const path = join(directory, 'rows.csv');
    await assert.rejects(readSource({ kind: 'csv', path, types: { n: 'INTEGER' } }), (error: Error) => {
      assert.match(error.message, /"journeys" cannot be read as csv.*Line: 3.*INTEGER/);
      assert.doesNotMatch(error.message, /Grace/);
      return true;
    });
  });
});

describe('a JSON lines source', () => {
  it('reads every field that any line has, with its type', async (test) => {
    const lines = Array.from({ length: 30_000 }, (_, i) => JSON.stringify({ n: i }));
    const last = JSON.stringify({ n: 0.5, at: '2001-01-01T00:00:00Z', name: '', late: true });
    const directory = await writeFiles(test, { 'rows.jsonl': [...lines, last].join('\n') });
    const { types, rows } = await readSource({ kind: 'jsonl', path: join(directory, 'rows.jsonl') });
    assert.deepEqual(types, ['n DOUBLE', 'at TIMESTAMP', 'name VARCHAR', 'late BOOLEAN']);
    assert.deepEqual(rows.at(0), [0, null, null, null]);
    assert.deepEqual(rows.at(-1), [0.5, '2001-01-01 00:00:00', '', true]);
  });

  it('takes declared types', async (test) => {
    const directory = await writeFiles(test, { 'rows.jsonl': '{"n": 1, "s": "x"}\n' });
    const path = join(directory, 'rows.jsonl');
    const { types } = await readSource({ kind: 'jsonl', path, types: { n: 'DECIMAL(9,2)' } });
    assert.deepEqual(types, ['n DECIMAL(9,2)', 's VARCHAR']);
  });

  it('refuses what is no JSON', async (test) => {
    const directory = await writeFiles(test, { 'rows.jsonl': '{"n": 1}\nn=2\n' });
    await assert.rejects(readSource({ kind: 'jsonl', path: join(directory, 'rows.jsonl') }), {
      code: 'UnusableData',
      message: /cannot be read as jsonl/,
    });
  });
});

describe('a source of several files', () => {
  const files = { 'b.csv': 'n,s\n3,x\n', 'a.csv': 's,n\ny,1\nz,2\n', 'a.txt': 'no', 'deep/c.csv': 'n\n4\n' };

  it('is read in order of the files’ names, columns matched by name', async (test) => {
    const directory = await writeFiles(test, files);
    const { rows } = await readSource({ kind: 'csv', path: join(directory, '*.csv') });
    assert.deepEqual(rows, [
      ['y', '1'],
      ['z', '2'],
      ['x', '3'],
    ]);
  });

  it('may lie in folders below, and is NULL where a file lacks a column', async (test) => {
    const directory = await writeFiles(test, files);
    const { rows } = await readSource({ kind: 'csv', path: join(directory, '**/*.csv') });
    assert.deepEqual(rows.at(-1), [null, '4']);
    assert.equal(rows.length, 4);
  });

  it('gives Parquet rows in order, whatever their number', async (test) => {
    const directory = await temporaryDirectory(test);
    await withSandbox({ files: [], directory }, async (connection) => {
      for (const [file, from] of [
        ['part-0', 0],
        ['part-1', 5000],
      ] as const) {
        await connection.run(
          `COPY (SELECT range AS n FROM range(${String(from)}, ${String(from + 5000)})) TO '${directory}/${file}.parquet'`,
        );
      }
    });
    const { rows } = await readSource({ kind: 'parquet', path: join(directory, 'part-?.parquet') });
    assert.deepEqual(
      rows.map(([n]) => Number(n)),
      Array.from({ length: 10_000 }, (_, i) => i),
    );
  });

  it('has a digest of all its files', async (test) => {
    const directory = await writeFiles(test, files);
    const source = { kind: 'csv', path: join(directory, '*.csv') } as const;
    const before = await readSource(source);
    assert.equal((await readSource(source)).sha256, before.sha256);
    await writeFile(join(directory, 'b.csv'), 'n,s\n3,changed\n');
    assert.notEqual((await readSource(source)).sha256, before.sha256);
  });

  it('says NotFound where nothing matches', async (test) => {
    const directory = await writeFiles(test, files);
    for (const path of [join(directory, '*.parquet'), join(directory, 'nowhere/*.csv'), directory]) {
      await assert.rejects(readSource({ kind: 'csv', path }), {
        code: 'NotFound',
        message: /TEMPERED_SOURCES/,
      });
    }
  });
});

describe('reading a source', () => {
  it('leaves nothing behind', async (test) => {
    const directory = await writeFiles(test, { 'rows.csv': 'n\n1\n' });
    const copies = async () =>
      (await readdir(tmpdir())).filter((name) => name.startsWith('tempered-source-'));
    const before = await copies();
    await readSource({ kind: 'csv', path: join(directory, 'rows.csv') });
    await assert.rejects(
      withLocalSource(
        { name: 'journeys', configuration: { kind: 'csv', path: join(directory, 'rows.csv') } },
        () => Promise.reject(new Error('stopped')),
      ),
      /stopped/,
    );
    assert.deepEqual(await copies(), before);
  });

  it('is refused when the files are written to meanwhile', async (test) => {
    const directory = await writeFiles(test, { 'rows.csv': 'n\n1\n' });
    const path = join(directory, 'rows.csv');
    await assert.rejects(
      withLocalSource({ name: 'journeys', configuration: { kind: 'csv', path } }, () =>
        writeFile(path, 'n\n1\n2\n'),
      ),
      { code: 'Conflict' },
    );
  });
});
