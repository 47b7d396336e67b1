/**
 * A lock among processes of one machine, that a killed holder does not leave locked. Invariant: at most one living
 * process holds it. Each puts a claim of its own into the folder first and looks for others then, so that of two who
 * want it at once at least one sees the other; claims of dead processes count for nothing.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { isErrno, startTimeOf } from './processes.js';

const claimSchema = z.object({
  id: z.uuid(),
  pid: z.int().positive(),
  /** With the pid, names one process for good. */
  startTime: z.string(),
  since: z.string(),
});
export type Claim = z.output<typeof claimSchema>;

export interface Lock {
  giveBack(): Promise<void>;
}

/** How long the first in order waits for the others to see it and step back. */
const stepBackMs = 1_000;
const lookEveryMs = 20;

/**
 * Takes the lock, or tells whose it is.
 *
 * @param folder - made where missing; holds nothing but claims
 */
export async function takeLock(
  folder: string,
): Promise<{ lock: Lock; holder: null } | { lock: null; holder: Claim }> {
  const mine: Claim = {
    id: randomUUID(),
    pid: process.pid,
    startTime: (await startTimeOf(process.pid)) ?? '',
    since: new Date().toISOString(),
  };
  await writeClaim(folder, mine);
  const giveBack = (): Promise<void> => rm(fileOf(folder, mine), { force: true });
  const deadline = Date.now() + stepBackMs;
  for (;;) {
    const others = (await livingClaims(folder)).filter(({ id }) => id !== mine.id);
    const [first] = others;
    if (first === undefined) return { lock: { giveBack }, holder: null };
    const earlier = others.find((other) => orderOf(other) < orderOf(mine));
    if (earlier !== undefined || Date.now() > deadline) {
      await giveBack();
      return { lock: null, holder: earlier ?? first };
    }
    await sleep(lookEveryMs);
  }
}

/** Does the work while holding the lock, waiting for it as long as it takes. */
export async function withLock<T>(
  folder: string,
  onWaiting: (holder: Claim) => void,
  work: () => Promise<T>,
): Promise<T> {
  const lock = await waitForLock(folder, onWaiting);
  try {
    return await work();
  } finally {
    await lock.giveBack();
  }
}

async function waitForLock(folder: string, onWaiting: (holder: Claim) => void): Promise<Lock> {
  for (let attempt = 0; ; attempt++) {
    const { lock, holder } = await takeLock(folder);
    if (lock !== null) return lock;
    if (attempt === 0) onWaiting(holder);
    await sleep(lookEveryMs * (5 + 5 * Math.random()));
  }
}

/** Renamed into its place, so that nobody reads half a claim. */
async function writeClaim(folder: string, claim: Claim): Promise<void> {
  await mkdir(folder, { recursive: true });
  const unfinished = `${fileOf(folder, claim)}.unfinished`;
  await writeFile(unfinished, JSON.stringify(claim));
  await rename(unfinished, fileOf(folder, claim));
}

/** Claims of living processes; those of dead ones are removed. */
async function livingClaims(folder: string): Promise<Claim[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  const claims = await Promise.all(files.map((name) => readClaim(join(folder, name))));
  const living: Claim[] = [];
  for (const claim of claims) {
    if (claim === null) continue;
    if ((await startTimeOf(claim.pid)) === claim.startTime) living.push(claim);
    else await rm(fileOf(folder, claim), { force: true });
  }
  return living;
}

async function readClaim(file: string): Promise<Claim | null> {
  try {
    return claimSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null; // given back in between
    throw error;
  }
}

function fileOf(folder: string, { id }: Claim): string {
  return join(folder, `${id}.json`);
}

function orderOf({ since, id }: Claim): string {
  return `${since} ${id}`;
}
