/**
 * Two ways to bring the Temporal CLI into our cache. Each leaves either a whole, tried program there or nothing:
 * it is made in a folder beside its place, run once, and renamed. A lock keeps two starts from doing it twice.
 */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf, TemperedError } from '../../domain/errors.js';
import { findOnPath } from './executables.js';
import { withLock } from './processLock.js';
import { describeEnd } from './serverProcess.js';
import { checkTemporal } from './temporalVersion.js';

/** The newest CLI that both downloads and builds from Go's module proxy (server 1.29.1, with its UI). */
export const pinnedVersion = 'v1.5.1';

/** The SDK's downloader waits for ever on a network that swallows packets; no byte in this time ends it. */
const stalledAfterMs = 20_000;
const progressEveryMs = 15_000;

export interface InstallOptions {
  environment: NodeJS.ProcessEnv;
  onProgress: (message: string) => void;
  /** Ends what is under way. */
  signal?: AbortSignal;
}

/** Puts the program at `target` and returns it; throws a TemperedError `Unavailable` where it cannot. */
export type Installer = (target: string, options: InstallOptions) => Promise<string>;

/** By the downloader inside Temporal's own SDK. */
export const downloadWithSdk: Installer = (target, { environment, onProgress, signal }) =>
  install(target, 'the download of the Temporal CLI', onProgress, async (folder) => {
    onProgress(`downloading the Temporal CLI ${pinnedVersion}`);
    const child = fork(
      fileURLToPath(new URL('downloadTemporal.js', import.meta.url)),
      [folder, pinnedVersion],
      { env: environment, stdio: ['ignore', 'ignore', 'pipe', 'ipc'], signal },
    );
    const watch = watchBytes(folder, (bytes) =>
      onProgress(`downloading the Temporal CLI: ${megabytes(bytes)}`),
    );
    const finished = outcomeOf(child);
    await Promise.race([finished, watch.stalled]).finally(() => {
      watch.stop();
      child.kill('SIGKILL');
    });
    const [file] = await readdir(folder);
    if (file === undefined) throw new Error('it left no file');
    return join(folder, file);
  });

/** From source, through Go's module proxy. */
export const buildWithGo: Installer = (target, { environment, onProgress, signal }) =>
  install(target, 'the build of the Temporal CLI with Go', onProgress, async (folder) => {
    const go = await findOnPath('go', environment);
    if (go === null) throw new Error('no "go" on PATH');
    const startedAt = Date.now();
    const report = (): void => {
      const seconds = Math.round((Date.now() - startedAt) / 1000);
      onProgress(
        `building the Temporal CLI ${pinnedVersion} with Go, once (about 4 minutes; ${String(seconds)} s so far)`,
      );
    };
    report();
    const timer = setInterval(report, progressEveryMs);
    try {
      const child = spawn(go, ['install', `github.com/temporalio/cli/cmd/temporal@${pinnedVersion}`], {
        env: { ...environment, GOBIN: folder },
        signal,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      await outcomeOf(child);
    } finally {
      clearInterval(timer);
    }
    return join(folder, 'temporal');
  });

async function install(
  target: string,
  what: string,
  onProgress: (message: string) => void,
  make: (folder: string) => Promise<string>,
): Promise<string> {
  const home = dirname(target);
  await mkdir(home, { recursive: true });
  return withLock(
    join(home, 'lock'),
    (holder) => onProgress(`waiting for process ${String(holder.pid)}, which is installing the Temporal CLI`),
    async () => {
      // Whoever held the lock before us may have done it already.
      if (await checkTemporal(target).then(Boolean, () => false)) return target;
      const folder = join(home, 'unfinished');
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder);
      try {
        const made = await make(folder);
        await checkTemporal(made);
        await rename(made, target);
        return target;
      } catch (error) {
        throw new TemperedError('Unavailable', `${what} failed: ${messageOf(error)}`, { cause: error });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  );
}

/** Resolves when the child ends well; otherwise rejects with the last thing it said. */
function outcomeOf(child: ChildProcess): Promise<void> {
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2_000)));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(said.trim().split('\n').at(-1) ?? describeEnd(code, signal)));
    });
  });
}

/** Follows how many bytes lie in a folder; `stalled` rejects when they stop growing. */
function watchBytes(
  folder: string,
  onProgress: (bytes: number) => void,
): { stalled: Promise<never>; stop: () => void } {
  let bytes = 0;
  let grewAt = Date.now();
  let reportedAt = Date.now();
  let stop = (): void => undefined;
  const stalled = new Promise<never>((_resolve, reject) => {
    const timer = setInterval(() => {
      void bytesIn(folder).then((now) => {
        if (now > bytes) {
          bytes = now;
          grewAt = Date.now();
        } else if (Date.now() - grewAt > stalledAfterMs) {
          reject(new Error(`no byte arrived in ${String(stalledAfterMs / 1000)} s`));
        }
        if (bytes > 0 && Date.now() - reportedAt > progressEveryMs) {
          reportedAt = Date.now();
          onProgress(bytes);
        }
      }, reject);
    }, 1_000);
    stop = () => clearInterval(timer);
  });
  return { stalled, stop };
}

async function bytesIn(folder: string): Promise<number> {
  const files = await readdir(folder);
  const sizes = await Promise.all(
    files.map((file) =>
      stat(join(folder, file)).then(
        (found) => found.size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
