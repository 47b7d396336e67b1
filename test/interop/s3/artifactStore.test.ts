import {
  CreateMultipartUploadCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import assert from 'node:assert/strict';
import { chmod, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { openS3ArtifactStore } from '../../../src/artifacts/s3.js';
import { relativePathOf } from '../../../src/artifacts/store.js';
import { describeArtifactStore, sha256OfAbc } from '../../artifacts/storeContract.js';
import { temporaryDirectory } from '../../artifacts/temporaryDirectory.js';
import { startS3Server, type S3Server } from './server.js';

let server: S3Server;
let client: S3Client;
before(async () => {
  server = await startS3Server();
  client = new S3Client({ endpoint: server.endpoint, forcePathStyle: true });
});
after(async () => {
  client.destroy();
  await server.stop();
});

async function openStore(context: TestContext, cacheMaxBytes = 1e9) {
  const bucket = await server.createBucket();
  const cacheDirectory = await temporaryDirectory(context);
  const options = { endpoint: server.endpoint, cacheDirectory, cacheMaxBytes };
  return {
    bucket,
    cacheDirectory,
    store: openS3ArtifactStore({ ...options, url: `s3://${bucket}/some/prefix` }),
  };
}

const keyOf = (sha256: string): string => `some/prefix/${relativePathOf(sha256)}`;
const abc = new TextEncoder().encode('abc');

describeArtifactStore('S3', async (context) => {
  const { bucket, store } = await openStore(context);
  return {
    store,
    async damage(sha256) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: keyOf(sha256), Body: 'abd' }));
    },
    async leaveUnfinished() {
      const object = { Bucket: bucket, Key: keyOf('0'.repeat(64)) };
      const { UploadId } = await client.send(new CreateMultipartUploadCommand(object));
      await client.send(new UploadPartCommand({ ...object, UploadId, PartNumber: 1, Body: 'ab' }));
    },
  };
});

test('a local copy that was damaged is fetched again', async (context) => {
  const { store } = await openStore(context);
  await store.putBytes(abc);
  const path = await store.fetch(sha256OfAbc);
  await chmod(path, 0o644);
  await writeFile(path, 'abd');
  assert.equal(await readFile(await store.fetch(sha256OfAbc), 'utf8'), 'abc');
});

test('a copy under a wrong name stays nowhere', async (context) => {
  const { bucket, cacheDirectory, store } = await openStore(context);
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: keyOf(sha256OfAbc), Body: 'other' }));
  await assert.rejects(store.fetch(sha256OfAbc), { code: 'CorruptArtifact', message: /s3:\/\/bucket-/ });
  const files = await readdir(cacheDirectory, { recursive: true, withFileTypes: true });
  assert.deepEqual(
    files.filter((file) => file.isFile()).map(({ name }) => name),
    [],
  );
});

test('two stores in one bucket do not see each other', async (context) => {
  const { bucket, cacheDirectory, store } = await openStore(context);
  await store.putBytes(abc);
  const other = openS3ArtifactStore({
    url: `s3://${bucket}/some`,
    endpoint: server.endpoint,
    cacheDirectory: join(cacheDirectory, 'other'),
    cacheMaxBytes: 1e9,
  });
  assert.equal(await other.has(sha256OfAbc), false);
  for await (const listed of other.list()) assert.fail(`lists ${listed.sha256}`);
});

test('a server that is away, or a bucket that is not there, says what to look at', async (context) => {
  const cacheDirectory = await temporaryDirectory(context);
  const away = openS3ArtifactStore({
    url: 's3://bucket',
    endpoint: 'http://127.0.0.1:1',
    cacheDirectory,
    cacheMaxBytes: 1e9,
  });
  await assert.rejects(away.putBytes(abc), { code: 'Unavailable', message: /TEMPERED_S3_ENDPOINT/ });
  const missing = openS3ArtifactStore({
    url: 's3://no-such-bucket/x',
    endpoint: server.endpoint,
    cacheDirectory,
    cacheMaxBytes: 1e9,
  });
  await assert.rejects(missing.putBytes(abc), { code: 'Unavailable', message: /NoSuchBucket/ });
  await assert.rejects(missing.fetch(sha256OfAbc), { code: 'NotFound' });
});
