import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { TemperedError } from '../../domain/errors.js';

const run = promisify(execFile);

/** Oldest server that has everything our workflows use. */
export const oldestServer = '1.27.0';

/** What a `temporal` program says of itself, like "1.29.1", or null where it is none. */
export function parseServerVersion(output: string): string | null {
  return /\(Server (\d+\.\d+\.\d+)/.exec(output)?.[1] ?? null;
}

export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldestServer.split('.').map(Number);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

/**
 * Runs `temporal --version`, which also proves that the file is whole and made for this machine.
 *
 * @returns the version of the server inside
 * @throws TemperedError `Unavailable` where it does not run, is something else, or is too old
 */
export async function checkTemporal(executable: string): Promise<string> {
  const { stdout } = await run(executable, ['--version'], { timeout: 30_000 }).catch((error: unknown) => {
    throw new TemperedError('Unavailable', `${executable} does not run`, { cause: error });
  });
  const version = parseServerVersion(stdout);
  if (version === null) {
    throw new TemperedError(
      'Unavailable',
      `${executable} is not the Temporal CLI: it says "${stdout.trim()}"`,
    );
  }
  if (!isNewEnough(version)) {
    throw new TemperedError(
      'Unavailable',
      `${executable} holds Temporal server ${version}; ${oldestServer} or newer is needed`,
    );
  }
  return version;
}
