import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** The first executable of this name on PATH. */
export async function findOnPath(name: string, environment: NodeJS.ProcessEnv): Promise<string | null> {
  for (const folder of (environment['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue;
    const found = await executableOrNull(join(folder, name));
    if (found !== null) return found;
  }
  return null;
}

/** The path, where an executable lies there. */
export async function executableOrNull(path: string): Promise<string | null> {
  return access(path, constants.X_OK).then(
    () => path,
    () => null,
  );
}
