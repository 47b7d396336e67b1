import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { rowsOf, withSandbox } from '../../../src/artifacts/duckdb.js';
import { createSourceView, withLocalSource } from '../../../src/artifacts/sources/localSource.js';
import { startS3Server, type S3Server } from './server.js';

let server: S3Server;
let bucket: string;
before(async () => {
  server = await startS3Server();
  bucket = await server.createBucket();
  const folder = server.folderOf(bucket);
  await mkdir(join(folder, 'journeys/2001'), { recursive: true });
  await writeFile(join(folder, 'journeys/b.csv'), 'n\n3\n');
  await writeFile(join(folder, 'journeys/a.csv'), 'n\n1\n2\n');
  await writeFile(join(folder, 'journeys/2001/c.csv'), 'n\n4\n');
  await writeFile(join(folder, 'journeys/a.txt'), 'no');
});
after(() => server.stop());

function numbersIn(path: string): Promise<number[]> {
  const configuration = { kind: 'csv', path, endpoint: server.endpoint } as const;
  return withLocalSource({ name: 'journeys', configuration }, (local) =>
    withSandbox({ files: local.files }, async (connection) => {
      await createSourceView(connection, local);
      const rows = await rowsOf(connection, 'SELECT n FROM source ORDER BY "source row"');
      return rows.map(({ n }) => Number(n));
    }),
  );
}

test('a source may be one object of S3, or all that match', async () => {
  assert.deepEqual(await numbersIn(`s3://${bucket}/journeys/b.csv`), [3]);
  assert.deepEqual(await numbersIn(`s3://${bucket}/journeys/*.csv`), [1, 2, 3]);
  assert.deepEqual(await numbersIn(`s3://${bucket}/journeys/**/*.csv`), [4, 1, 2, 3]);
});

test('an object that is not there is NotFound; a server that is away is Unavailable', async () => {
  await assert.rejects(numbersIn(`s3://${bucket}/journeys/z.csv`), { code: 'NotFound' });
  await assert.rejects(numbersIn(`s3://${bucket}/nowhere/*.csv`), { code: 'NotFound' });
  const configuration = {
    kind: 'csv',
    path: `s3://${bucket}/journeys/b.csv`,
    endpoint: 'http://127.0.0.1:1',
  } as const;
  await assert.rejects(
    withLocalSource({ name: 'journeys', configuration }, () => Promise.resolve()),
    { code: 'Unavailable' },
  );
});
