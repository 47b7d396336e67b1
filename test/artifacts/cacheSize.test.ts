import assert from 'node:assert/strict';
import { utimes } from 'node:fs/promises';
import { test } from 'node:test';
import { keepWithin } from '../../src/artifacts/cacheSize.js';
import { openFileSystemArtifactStore } from '../../src/artifacts/fileSystem.js';
import { temporaryDirectory } from './temporaryDirectory.js';

test('a cache keeps what was fetched last, and all that may be in use', async (context) => {
  const cache = openFileSystemArtifactStore(await temporaryDirectory(context));
  const now = Date.now();
  const copy = async (content: string, minutesAgo: number): Promise<string> => {
    const { sha256 } = await cache.putBytes(Buffer.alloc(100, content));
    const fetched = new Date(now - minutesAgo * 60_000);
    await utimes(await cache.fetch(sha256), fetched, fetched);
    return sha256;
  };
  const oldest = await copy('a', 300);
  const older = await copy('b', 200);
  const recent = await copy('c', 10);
  const kept = async () => Promise.all([oldest, older, recent].map((sha256) => cache.has(sha256)));

  await keepWithin(cache, 300, now);
  assert.deepEqual(await kept(), [true, true, true]);
  await keepWithin(cache, 250, now);
  assert.deepEqual(await kept(), [false, true, true]);
  await keepWithin(cache, 0, now);
  assert.deepEqual(await kept(), [false, false, true]);
});
