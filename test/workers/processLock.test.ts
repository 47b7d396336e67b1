import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { takeLock, withLock } from '../../src/workers/local/processLock.js';

let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'tempered-lock-'));
  folder = join(parent, 'lock');
});
afterEach(() => rm(parent, { recursive: true, force: true }));

test('a lock that is held names its holder, and is free again when given back', async () => {
  const { lock } = await takeLock(folder);
  assert.ok(lock !== null);
  assert.equal((await takeLock(folder)).holder?.pid, process.pid);
  await lock.giveBack();
  assert.equal((await takeLock(folder)).holder, null);
});

test('of many who want the lock of a dead process at once, exactly one gets it', async () => {
  // Our own pid with another start time: what is left when a pid is used again.
  const dead = { id: randomUUID(), pid: process.pid, startTime: '1', since: '2001-01-01T00:00:00.000Z' };
  await mkdir(folder);
  await writeFile(join(folder, `${dead.id}.json`), JSON.stringify(dead));

  const answers = await Promise.all(Array.from({ length: 20 }, () => takeLock(folder)));
  assert.equal(answers.filter(({ lock }) => lock !== null).length, 1);
  assert.equal((await readdir(folder)).length, 1, 'only the claim of the holder should be left');
});

test('work under a lock is done by one at a time, and the lock is given back when it fails', async () => {
  let inside = 0;
  const work = (): Promise<void> =>
    withLock(
      folder,
      () => undefined,
      async () => {
        inside += 1;
        await readdir(folder);
        assert.equal(inside, 1);
        inside -= 1;
      },
    );
  await Promise.all([work(), work(), work()]);
  const failing = withLock(
    folder,
    () => undefined,
    () => Promise.reject(new Error('failed')),
  );
  await assert.rejects(failing, /failed/);
  assert.deepEqual(await readdir(folder), []);
});
