import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { rowsOf, withSandbox } from '../../src/artifacts/duckdb.js';
import { createSourceView, withLocalSource } from '../../src/artifacts/sources/localSource.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const urlVariable = 'TEMPERED_TEST_SOURCE_URL';
let database: TestDatabase;

before(async () => {
  database = await createTestDatabase();
  process.env[urlVariable] = database.url;
});
after(async () => {
  Reflect.deleteProperty(process.env, urlVariable);
  await database.drop();
});

async function readQuery(query: string, variable = urlVariable) {
  const configuration = { kind: 'postgres', urlVariable: variable, query } as const;
  return withLocalSource({ name: 'journeys', configuration }, (local) =>
    withSandbox({ files: local.files }, async (connection) => {
      await createSourceView(connection, local);
      const types = await rowsOf(connection, 'DESCRIBE SELECT * EXCLUDE ("source row") FROM source');
      const rows = await connection.runAndReadAll(
        'SELECT COLUMNS(c -> c <> \'source row\')::VARCHAR FROM source ORDER BY "source row"',
      );
      return {
        types: types.map((row) => String(row.column_type)),
        rows: rows.getRowsJson(),
        sha256: local.sha256,
      };
    }),
  );
}

describe('a PostgreSQL source', () => {
  it('keeps types, and tells NULL from an empty string and from "\\N"', async () => {
    const { types, rows } = await readQuery(`
      SELECT true AS b, 1::int2 AS i2, 2::int4 AS i4, 9007199254740993::int8 AS i8, 0.1::float4 AS f4, 0.1::float8 AS f8,
        12345678901234567.89::numeric(19, 2) AS d, 0.5::numeric AS n, DATE '2001-02-03' AS day,
        TIMESTAMP '2001-02-03 04:05:06.789' AS t, TIMESTAMPTZ '2001-02-03 04:05:06+02' AS tz,
        'a1111111-1111-1111-1111-111111111111'::uuid AS u, '{"k": 1}'::jsonb AS j,
        '' AS empty, '\\N' AS backslash, NULL::text AS nothing, E'two\\nlines, "quoted"' AS lines`);
    assert.deepEqual(types, [
      'BOOLEAN',
      'SMALLINT',
      'INTEGER',
      'BIGINT',
      'FLOAT',
      'DOUBLE',
      'DECIMAL(19,2)',
      'DOUBLE',
      'DATE',
      'TIMESTAMP',
      'TIMESTAMP WITH TIME ZONE',
      'UUID',
      'JSON',
      'VARCHAR',
      'VARCHAR',
      'VARCHAR',
      'VARCHAR',
    ]);
    assert.deepEqual(rows, [
      [
        'true',
        '1',
        '2',
        '9007199254740993',
        '0.1',
        '0.1',
        '12345678901234567.89',
        '0.5',
        '2001-02-03',
        '2001-02-03 04:05:06.789',
        '2001-02-03 02:05:06+00',
        'a1111111-1111-1111-1111-111111111111',
        '{"k": 1}',
        '',
        '\\N',
        null,
        'two\nlines, "quoted"',
      ],
    ]);
  });

  it('has one digest and one order for equal rows, however the server sends them', async () => {
    const rows = 'SELECT i AS n, (i % 3)::text AS s FROM generate_series(1, 1000) AS t(i)';
    const [up, down] = [await readQuery(`${rows} ORDER BY i`), await readQuery(`${rows} ORDER BY i DESC`)];
    assert.deepEqual(down, up);
    assert.notEqual((await readQuery(`${rows} WHERE i > 1`)).sha256, up.sha256);
  });

  it('keeps a row of one NULL', async () => {
    assert.deepEqual((await readQuery('VALUES (1), (NULL)')).rows, [['1'], [null]]);
  });

  it('knows domains and enumerations, and names the column whose type it does not', async () => {
    await database.db.raw(`create type mood as enum ('calm'); create domain short as varchar(3)`);
    assert.deepEqual((await readQuery(`SELECT 'calm'::mood AS m, 'abc'::short AS s`)).types, [
      'VARCHAR',
      'VARCHAR',
    ]);
    await assert.rejects(readQuery(`SELECT 1 AS n, ARRAY[1, 2] AS many`), {
      code: 'InvalidInput',
      message: /"journeys".*column "many" has the type _int4.*cast it/,
    });
    await assert.rejects(readQuery('SELECT 1 AS n, 2 AS n'), {
      code: 'InvalidInput',
      message: /two columns/,
    });
  });

  it('cannot write', async () => {
    await assert.rejects(
      readQuery(`INSERT INTO api_keys (id) VALUES (gen_random_uuid()) RETURNING id`),
      (error: Error & { code?: string }) => error.code === 'InvalidInput' || error.code === 'Unavailable',
    );
    await assert.rejects(readQuery(`SELECT nextval('tempered_migrations_id_seq')`), /read-only/);
  });

  it('says what to mend, and never shows the URL', async () => {
    await assert.rejects(readQuery('SELECT nothing'), { code: 'InvalidInput', message: /column "nothing"/ });
    await assert.rejects(readQuery('SELECT 1 / (i - 5) AS x FROM generate_series(1, 9) AS t(i)'), {
      code: 'UnusableData',
      message: /division by zero/,
    });
    await assert.rejects(readQuery('SELECT 1', 'TEMPERED_TEST_NOT_SET'), {
      code: 'InvalidInput',
      message: /environment variable TEMPERED_TEST_NOT_SET/,
    });
    process.env['TEMPERED_TEST_AWAY_URL'] = 'postgres://someone:secret@127.0.0.1:1/away';
    await assert.rejects(
      readQuery('SELECT 1', 'TEMPERED_TEST_AWAY_URL'),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'Unavailable');
        assert.doesNotMatch(error.message, /secret/);
        return true;
      },
    );
    Reflect.deleteProperty(process.env, 'TEMPERED_TEST_AWAY_URL');
  });
});
