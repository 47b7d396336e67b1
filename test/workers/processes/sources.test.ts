import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSources } from '../../../src/workers/processes/sources.js';

test('every kind of source can be configured', () => {
  const sources = {
    flights: { kind: 'parquet', path: '/data/flights-*.parquet' },
    orders: { kind: 'csv', path: 'orders.csv', delimiter: ';', types: { price: 'DECIMAL(12, 2)' } },
    clicks: { kind: 'jsonl', path: 's3://bucket/clicks/**/*.jsonl', endpoint: 'https://s3.example.com' },
    customers: { kind: 'postgres', urlVariable: 'CUSTOMERS_URL', query: 'SELECT * FROM customers' },
  };
  assert.deepEqual(parseSources(JSON.stringify(sources)), sources);
});

test('files in S3 lie at the worker’s endpoint, unless they name another', () => {
  const sources = parseSources(
    JSON.stringify({
      here: { kind: 'csv', path: 's3://bucket/a.csv' },
      there: { kind: 'csv', path: 's3://bucket/a.csv', endpoint: 'https://s3.example.com' },
    }),
    'http://127.0.0.1:7070',
  );
  assert.deepEqual(
    Object.values(sources).map((source) => 'endpoint' in source && source.endpoint),
    ['http://127.0.0.1:7070', 'https://s3.example.com'],
  );
});

test('a wrong source is refused, and a URL in the wrong place is not shown', () => {
  const refused: [unknown, RegExp][] = [
    [{ kind: 'excel', path: 'a.xls' }, /rows\.kind/],
    [{ kind: 'csv' }, /rows\.path/],
    [{ kind: 'csv', path: 's3:a.csv' }, /s3:\/\/bucket\/key/],
    [{ kind: 'csv', path: 'a.csv', types: { n: "INTEGER'} --" } }, /must be a DuckDB type/],
    [
      { kind: 'postgres', urlVariable: 'postgres://me:secret@db/app', query: 'SELECT 1' },
      /must be the name of an environment variable/,
    ],
  ];
  for (const [source, message] of refused) {
    assert.throws(
      () => parseSources(JSON.stringify({ rows: source })),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'InvalidInput');
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      },
    );
  }
});
