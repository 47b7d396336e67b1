import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { sha256OfBytes } from '../../src/artifacts/digest.js';
import type { ArtifactStore, StoredArtifact } from '../../src/artifacts/store.js';
import { temporaryDirectory } from './temporaryDirectory.js';

export interface StoreUnderTest {
  store: ArtifactStore;
  /** Writes other bytes over a stored artifact, behind the store's back. */
  damage: (sha256: string) => Promise<void>;
  /** Leaves behind what a put whose process was killed does. */
  leaveUnfinished: () => Promise<void>;
}

const text = new TextEncoder();
export const sha256OfAbc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const inAMinute = () => new Date(Date.now() + 60_000);
const aMinuteAgo = () => new Date(Date.now() - 60_000);

async function listAll(store: ArtifactStore): Promise<StoredArtifact[]> {
  const listed: StoredArtifact[] = [];
  for await (const artifact of store.list()) listed.push(artifact);
  return listed.toSorted((a, b) => a.sha256.localeCompare(b.sha256));
}

/** What every artifact store does alike, wherever its bytes lie. */
export function describeArtifactStore(
  where: string,
  open: (test: TestContext) => Promise<StoreUnderTest>,
): void {
  describe(`the artifact store in ${where}`, () => {
    it('gives bytes back under their SHA-256, from a read-only file', async (test) => {
      const { store } = await open(test);
      const reference = await store.putBytes(text.encode('abc'));
      assert.deepEqual(reference, { sha256: sha256OfAbc, bytes: 3 });
      const path = await store.fetch(sha256OfAbc);
      assert.equal(await readFile(path, 'utf8'), 'abc');
      assert.equal((await stat(path)).mode & 0o777, 0o444);
      assert.equal(await readFile(await store.fetch(sha256OfAbc), 'utf8'), 'abc');
    });

    it('stores files of any size, the empty one too', async (test) => {
      const { store } = await open(test);
      const original = join(await temporaryDirectory(test), 'original');
      for (const size of [0, 1, 12 * 1024 * 1024 + 1]) {
        const bytes = randomBytes(size);
        await writeFile(original, bytes);
        const reference = await store.putFile(original);
        assert.deepEqual(reference, { sha256: sha256OfBytes(bytes), bytes: size });
        assert.ok(bytes.equals(await readFile(await store.fetch(reference.sha256))));
      }
    });

    it('keeps equal artifacts once', async (test) => {
      const { store } = await open(test);
      const original = join(await temporaryDirectory(test), 'original');
      await writeFile(original, 'abc');
      const stored = await Promise.all([store.putFile(original), store.putBytes(text.encode('abc'))]);
      assert.deepEqual(stored[0], stored[1]);
      assert.equal((await listAll(store)).length, 1);
    });

    it('never hands out a damaged artifact, and is repaired by storing it again', async (test) => {
      const { store, damage } = await open(test);
      const { sha256 } = await store.putBytes(text.encode('abc'));
      await damage(sha256);
      await assert.rejects(store.fetch(sha256), { code: 'CorruptArtifact' });
      await assert.rejects(store.fetch(sha256), { code: 'CorruptArtifact' });

      await store.putBytes(text.encode('abc'));
      assert.equal(await readFile(await store.fetch(sha256), 'utf8'), 'abc');
    });

    it('says NotFound for an artifact it does not have', async (test) => {
      const { store } = await open(test);
      await assert.rejects(store.fetch(sha256OfAbc), { code: 'NotFound' });
      assert.equal(await store.has(sha256OfAbc), false);
      await store.putBytes(text.encode('abc'));
      assert.equal(await store.has(sha256OfAbc), true);
    });

    it('takes nothing for a name that is not a SHA-256', async (test) => {
      const { store } = await open(test);
      for (const name of ['../../etc/passwd', '', sha256OfAbc.toUpperCase(), `${sha256OfAbc}\n`]) {
        await assert.rejects(store.fetch(name), { code: 'InvalidInput' }, name);
        await assert.rejects(async () => store.has(name), { code: 'InvalidInput' }, name);
        await assert.rejects(store.remove(name, inAMinute()), { code: 'InvalidInput' }, name);
      }
    });

    it('lists all it has, with size and age', async (test) => {
      const { store } = await open(test);
      assert.deepEqual(await listAll(store), []);
      const stored = await Promise.all(
        ['abc', 'abcd', 'x'.repeat(1000)].map((content) => store.putBytes(text.encode(content))),
      );
      const listed = await listAll(store);
      assert.deepEqual(
        listed.map(({ sha256, bytes }) => ({ sha256, bytes })),
        stored.toSorted((a, b) => a.sha256.localeCompare(b.sha256)),
      );
      for (const { storedAt } of listed) {
        assert.ok(storedAt > aMinuteAgo() && storedAt < inAMinute(), storedAt.toISOString());
      }
    });

    it('removes only what was last stored before a moment', async (test) => {
      const { store } = await open(test);
      const { sha256 } = await store.putBytes(text.encode('abc'));
      assert.equal(await store.remove(sha256, aMinuteAgo()), false);
      assert.equal(await readFile(await store.fetch(sha256), 'utf8'), 'abc');
      assert.equal(await store.remove(sha256, inAMinute()), true);
      assert.equal(await store.has(sha256), false);
      assert.equal(await store.remove(sha256, inAMinute()), false);
    });

    it('tells what was left unfinished, and removes it', async (test) => {
      const { store, leaveUnfinished } = await open(test);
      const unfinished = async (before: Date) => {
        const found = [];
        for await (const one of store.listUnfinished(before)) found.push(one);
        return found;
      };
      await store.putBytes(text.encode('abc'));
      await leaveUnfinished();
      assert.equal((await unfinished(aMinuteAgo())).length, 0);
      const [left, ...more] = await unfinished(inAMinute());
      assert.ok(left !== undefined && more.length === 0);
      await left.remove();
      assert.equal((await unfinished(inAMinute())).length, 0);
      assert.equal((await listAll(store)).length, 1);
    });
  });
}
