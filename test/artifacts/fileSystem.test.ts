import assert from 'node:assert/strict';
import { chmod, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { openFileSystemArtifactStore } from '../../src/artifacts/fileSystem.js';
import { temporaryDirectory } from './temporaryDirectory.js';

const text = new TextEncoder();
const sha256OfAbc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

async function damage(path: string): Promise<void> {
  await chmod(path, 0o644);
  await writeFile(path, 'abd');
}

async function openStore(test: TestContext) {
  const directory = await temporaryDirectory(test);
  return { directory, store: openFileSystemArtifactStore(directory) };
}

describe('the artifact store in a folder', () => {
  it('gives bytes back under their SHA-256, from a read-only file', async (test) => {
    const { directory, store } = await openStore(test);
    const reference = await store.putBytes(text.encode('abc'));
    assert.deepEqual(reference, { sha256: sha256OfAbc, bytes: 3 });

    const path = await store.fetch(reference.sha256);
    assert.equal(path, join(directory, 'sha256', 'ba', sha256OfAbc));
    assert.equal(await readFile(path, 'utf8'), 'abc');
    assert.equal((await stat(path)).mode & 0o777, 0o444);
  });

  it('keeps equal artifacts once, and no half-written file', async (test) => {
    const { directory, store } = await openStore(test);
    const original = join(directory, 'original');
    await writeFile(original, 'abc');
    const [fromFile, fromBytes] = await Promise.all([
      store.putFile(original),
      store.putBytes(text.encode('abc')),
    ]);
    assert.deepEqual(fromFile, fromBytes);
    assert.deepEqual(await readdir(join(directory, 'sha256', 'ba')), [sha256OfAbc]);
    assert.deepEqual(await readdir(join(directory, 'incoming')), []);
  });

  it('never hands out a damaged artifact, and is repaired by storing it again', async (test) => {
    const { store } = await openStore(test);
    const { sha256 } = await store.putBytes(text.encode('abc'));
    await damage(await store.fetch(sha256));
    await assert.rejects(store.fetch(sha256), { code: 'CorruptArtifact' });

    await store.putBytes(text.encode('abc'));
    assert.equal(await readFile(await store.fetch(sha256), 'utf8'), 'abc');
  });

  it('says NotFound for an artifact it does not have', async (test) => {
    const { store } = await openStore(test);
    await assert.rejects(store.fetch(sha256OfAbc), { code: 'NotFound' });
  });

  it('takes nothing for a name that is not a SHA-256', async (test) => {
    const { store } = await openStore(test);
    for (const name of ['../../etc/passwd', '', sha256OfAbc.toUpperCase(), `${sha256OfAbc}\n`]) {
      await assert.rejects(store.fetch(name), { code: 'InvalidInput' }, name);
    }
  });
});
