import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../src/cacheDirectory.js';

const run = promisify(execFile);

/**
 * Path of a Python that has these packages, in a virtual environment of its own. It is made once, from PyPI (or the
 * index that pip is configured for), and kept in the cache.
 *
 * @param requirements - with exact versions, as pip takes them: "feast[duckdb]==0.67.0"
 * @throws Error when there is no python3, or pip cannot install what was asked for
 */
export async function pythonEnvironment(requirements: readonly string[]): Promise<string> {
  const name = createHash('sha256')
    .update([...requirements].sort().join('\n'))
    .digest('hex')
    .slice(0, 16);
  const directory = join(cacheDirectory(), 'python', name);
  const python = join(directory, 'bin', 'python');
  const complete = join(directory, 'complete');
  if (await exists(complete)) return python;

  console.log(`Making a Python environment with ${requirements.join(', ')} in ${directory}`);
  await rm(directory, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', directory]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...requirements]);
  await writeFile(complete, requirements.join('\n'));
  return python;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
