/** TensorFlow.js' native binding, compiled against a TensorFlow library in the package's deps/. */
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { messageOf, TemperedError } from '../../domain/errors.js';
import { runProgram } from '../../runProgram.js';

/** Node-API version that the package's sources are written for; newer Nodes load it too. */
const napiVersion = 8;
const timeoutMs = 10 * 60_000;

/**
 * Builds by the node-gyp that npm brings.
 *
 * @param directory - where the package was installed by npm; its package.json gets a script
 * @throws TemperedError `Unavailable` where there is no compiler; it then says what to do
 */
export async function buildBinding(directory: string, packageDirectory: string): Promise<void> {
  const rebuild = [
    ...[
      'node-gyp',
      'rebuild',
      `--directory=${relative(directory, packageDirectory)}`,
      ...localHeaders(),
      '--',
    ],
    ...['-Dmodule_name=tfjs_binding', `-Dmodule_path=lib/napi-v${napiVersion}`],
    `-Dnapi_build_version=${napiVersion}`,
  ];
  await addScript(join(directory, 'package.json'), 'build-binding', rebuild.join(' '));
  const options = { timeoutMs, cwd: directory };
  await runProgram('npm', ['--prefix', directory, 'run', 'build-binding'], options).catch(
    (error: unknown) => {
      throw new TemperedError(
        'Unavailable',
        `The binding could not be built: ${messageOf(error)}. It takes Python 3, make and a C++ compiler (Debian: ` +
          '"apt-get install build-essential python3").',
        { cause: error },
      );
    },
  );
  await rm(join(packageDirectory, 'build'), { recursive: true });
}

/** The headers beside the running Node, where it has them; node-gyp would download the same. */
function localHeaders(): string[] {
  const home = dirname(dirname(process.execPath));
  return existsSync(join(home, 'include', 'node', 'node_api.h')) ? [`--nodedir=${home}`] : [];
}

async function addScript(packageJson: string, name: string, command: string): Promise<void> {
  const content = z.record(z.string(), z.unknown()).parse(JSON.parse(await readFile(packageJson, 'utf8')));
  await writeFile(packageJson, JSON.stringify({ ...content, scripts: { [name]: command } }));
}
