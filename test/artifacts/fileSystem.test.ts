import assert from 'node:assert/strict';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openFileSystemArtifactStore } from '../../src/artifacts/fileSystem.js';
import { describeArtifactStore, sha256OfAbc } from './storeContract.js';
import { temporaryDirectory } from './temporaryDirectory.js';

describeArtifactStore('a folder', async (context) => {
  const directory = await temporaryDirectory(context);
  const store = openFileSystemArtifactStore(directory);
  return {
    store,
    async damage(sha256) {
      const path = await store.fetch(sha256);
      await chmod(path, 0o644);
      await writeFile(path, 'abd');
    },
    leaveUnfinished: () => writeFile(join(directory, 'incoming', 'half-written'), 'ab'),
  };
});

test('the artifact store in a folder leaves no half-written file behind', async (context) => {
  const directory = await temporaryDirectory(context);
  const store = openFileSystemArtifactStore(directory);
  await store.putBytes(new TextEncoder().encode('abc'));
  await assert.rejects(store.putFile(join(directory, 'absent')), { code: 'ENOENT' });
  assert.deepEqual(await readdir(join(directory, 'sha256', 'ba')), [sha256OfAbc]);
  assert.deepEqual(await readdir(join(directory, 'incoming')), []);
});
