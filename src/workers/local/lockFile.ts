/**
 * A lock that names its holder: a file with pid and start time. Invariant: it is held by at most one living process;
 * a lock whose holder has died is taken over.
 */
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { isErrno, startTimeOf } from './processes.js';

const holderSchema = z.object({ pid: z.int().positive(), startTime: z.string(), since: z.string() });
export type LockHolder = z.output<typeof holderSchema>;

/** Takes the lock and returns null, or returns the living process that holds it. */
export async function takeLock(file: string): Promise<LockHolder | null> {
  const claim = `${file}.${randomUUID()}`;
  const startTime = (await startTimeOf(process.pid)) ?? '';
  const me: LockHolder = { pid: process.pid, startTime, since: new Date().toISOString() };
  await writeFile(claim, JSON.stringify(me));
  try {
    for (;;) {
      if (await linkIfFree(claim, file)) return null;
      const found = await readFile(file, 'utf8').catch(() => null);
      if (found === null) continue; // given back in between
      const holder = holderSchema.parse(JSON.parse(found));
      if ((await startTimeOf(holder.pid)) === holder.startTime) return holder;
      await removeStale(file, found);
    }
  } finally {
    await rm(claim, { force: true });
  }
}

/** Gives the lock back. */
export async function giveLockBack(file: string): Promise<void> {
  await rm(file, { force: true });
}

/** Does the work while holding the lock, waiting for it as long as it takes. */
export async function withLock<T>(
  file: string,
  onWaiting: (holder: LockHolder) => void,
  work: () => Promise<T>,
): Promise<T> {
  let waiting = false;
  for (;;) {
    const holder = await takeLock(file);
    if (holder === null) break;
    if (!waiting) onWaiting(holder);
    waiting = true;
    await sleep(500);
  }
  try {
    return await work();
  } finally {
    await giveLockBack(file);
  }
}

async function linkIfFree(claim: string, file: string): Promise<boolean> {
  try {
    await link(claim, file);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Another process may have taken the stale lock over a moment ago: then its own is what we moved, and it goes back. */
async function removeStale(file: string, stale: string): Promise<void> {
  const moved = `${file}.${randomUUID()}`;
  try {
    await rename(file, moved);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    throw error;
  }
  if ((await readFile(moved, 'utf8')) !== stale) await linkIfFree(moved, file);
  await rm(moved, { force: true });
}
