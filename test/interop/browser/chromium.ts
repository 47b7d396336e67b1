/** Which browser the tests drive: one that is there, or Debian's own package where we may install it. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { messageOf, TemperedError } from '../../../src/domain/errors.js';
import { executableOrNull, findOnPath } from '../../../src/workers/local/executables.js';

const names = ['chromium', 'chromium-browser', 'google-chrome'];

/**
 * @returns the executable: the one that TEMPERED_CHROMIUM names, else the first known name on PATH, else null
 * @throws TemperedError `InvalidInput` where TEMPERED_CHROMIUM names nothing that can be run
 */
export async function findChromium(environment: NodeJS.ProcessEnv): Promise<string | null> {
  const named = environment['TEMPERED_CHROMIUM'];
  if (named !== undefined && named !== '') {
    const executable = await executableOrNull(named);
    if (executable !== null) return executable;
    throw new TemperedError(
      'InvalidInput',
      `TEMPERED_CHROMIUM is "${named}", where no executable lies. Set it to Chromium's path, or unset it.`,
    );
  }
  for (const name of names) {
    const found = await findOnPath(name, environment);
    if (found !== null) return found;
  }
  return null;
}

/**
 * Installs Debian's package. Ubuntu's of the same name is a snap, which servers and containers seldom run.
 *
 * @throws TemperedError `Unavailable` saying why it cannot be installed here
 */
export async function installChromium(say: (message: string) => void): Promise<void> {
  if (!(await isDebian())) throw new TemperedError('Unavailable', 'this is not Debian');
  if (process.getuid?.() !== 0) throw new TemperedError('Unavailable', 'only root may install packages');
  say('No Chromium was found: installing the Debian package "chromium" with apt-get.');
  await aptGet('update');
  await aptGet('install', '--yes', '--no-install-recommends', 'chromium');
}

async function isDebian(): Promise<boolean> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^ID=debian$/m.test(release);
}

async function aptGet(...args: string[]): Promise<void> {
  try {
    await promisify(execFile)('apt-get', ['-qq', ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (error) {
    throw new TemperedError('Unavailable', messageOf(error).trim(), { cause: error });
  }
}
