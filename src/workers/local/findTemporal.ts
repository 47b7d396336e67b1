/**
 * Finds a `temporal` program: on PATH, in our cache, by the SDK's own download, or built with Go. Whatever is found
 * was run once and is new enough.
 */
import { join } from 'node:path';
import { cacheDirectory } from '../../cacheDirectory.js';
import { messageOf, TemperedError } from '../../domain/errors.js';
import { executableOrNull, findOnPath } from './executables.js';
import { buildWithGo, downloadWithSdk, pinnedVersion, type Installer } from './installTemporal.js';
import { checkTemporal } from './temporalVersion.js';

export interface FoundTemporal {
  executable: string;
  serverVersion: string;
  source: 'PATH' | 'cache' | 'download' | 'go';
}

export interface FindTemporalOptions {
  environment?: NodeJS.ProcessEnv;
  onProgress: (message: string) => void;
  /** Ends a download or build that is under way. */
  signal?: AbortSignal;
}

/**
 * @throws TemperedError `Unavailable` listing what was tried and what to install
 */
export async function findTemporal(options: FindTemporalOptions): Promise<FoundTemporal> {
  const environment = options.environment ?? process.env;
  const tried: string[] = [];
  const check = async (
    executable: string | null,
    source: FoundTemporal['source'],
    absence: string,
  ): Promise<FoundTemporal | null> => {
    if (executable === null) {
      tried.push(absence);
      return null;
    }
    try {
      return { executable, source, serverVersion: await checkTemporal(executable) };
    } catch (error) {
      tried.push(messageOf(error));
      return null;
    }
  };
  const install = async (
    installer: Installer,
    source: FoundTemporal['source'],
  ): Promise<FoundTemporal | null> => {
    try {
      const executable = await installer(cachedTemporal(environment), { ...options, environment });
      return await check(executable, source, '');
    } catch (error) {
      options.signal?.throwIfAborted();
      tried.push(messageOf(error));
      return null;
    }
  };

  const cached = cachedTemporal(environment);
  const found =
    (await check(await findOnPath('temporal', environment), 'PATH', 'no "temporal" on PATH')) ??
    (await check(await executableOrNull(cached), 'cache', `nothing at ${cached}`)) ??
    (await install(downloadWithSdk, 'download')) ??
    (await install(buildWithGo, 'go'));
  if (found !== null) return found;
  throw new TemperedError(
    'Unavailable',
    `No Temporal server was found: ${tried.join('; ')}. Put the Temporal CLI (https://docs.temporal.io/cli) on PATH, ` +
      'or install Go so that it can be built, or set TEMPORAL_ADDRESS to a server that runs already.',
  );
}

/** Where the program is kept, outside every checkout. */
export function cachedTemporal(environment: NodeJS.ProcessEnv): string {
  return join(cacheDirectory(environment), 'temporal', pinnedVersion, 'temporal');
}
