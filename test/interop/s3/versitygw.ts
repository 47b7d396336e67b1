/** Which S3 server the tests talk to: one that is there, or ours, built from source through Go's module proxy. */
import { execFile } from 'node:child_process';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../../../src/cacheDirectory.js';
import { messageOf, TemperedError } from '../../../src/domain/errors.js';
import { executableOrNull, findOnPath } from '../../../src/workers/local/executables.js';

const pinnedVersion = 'v1.8.0';

/**
 * @returns the executable: the one that TEMPERED_VERSITYGW names, else that on PATH, else our cache's, else null
 * @throws TemperedError `InvalidInput` where TEMPERED_VERSITYGW names nothing that can be run
 */
export async function findVersitygw(environment: NodeJS.ProcessEnv): Promise<string | null> {
  const named = environment['TEMPERED_VERSITYGW'];
  if (named !== undefined && named !== '') {
    const executable = await executableOrNull(named);
    if (executable !== null) return executable;
    throw new TemperedError(
      'InvalidInput',
      `TEMPERED_VERSITYGW is "${named}", where no executable lies. Set it to versitygw's path, or unset it.`,
    );
  }
  return (await findOnPath('versitygw', environment)) ?? (await executableOrNull(cached(environment)));
}

/** @throws TemperedError `Unavailable` saying why it cannot be built here */
export async function installVersitygw(say: (message: string) => void): Promise<void> {
  const target = cached(process.env);
  const folder = `${dirname(target)}-unfinished-${String(process.pid)}`;
  say(`No versitygw was found: building ${pinnedVersion} with Go, once (about a minute).`);
  await mkdir(folder, { recursive: true });
  try {
    await promisify(execFile)(
      'go',
      ['install', `github.com/versity/versitygw/cmd/versitygw@${pinnedVersion}`],
      {
        env: { ...process.env, GOBIN: folder },
        maxBuffer: 64 * 1024 * 1024,
      },
    );
    await mkdir(dirname(target), { recursive: true });
    await rename(join(folder, 'versitygw'), target);
  } catch (error) {
    throw new TemperedError('Unavailable', messageOf(error).trim(), { cause: error });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function cached(environment: NodeJS.ProcessEnv): string {
  return join(cacheDirectory(environment), 'versitygw', pinnedVersion, 'versitygw');
}
