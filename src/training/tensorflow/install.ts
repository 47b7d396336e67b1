/**
 * Brings a native TensorFlow into our cache: by the package's own install, or where its download is refused, from
 * PyPI's wheel.
 *
 * Invariant: an installation lies at its place whole and proven, or not at all. It is made in a folder beside, trains
 * there, gets its proof, and is renamed.
 */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf, TemperedError } from '../../domain/errors.js';
import { buildBinding } from './binding.js';
import {
  findNativePackages,
  installationDirectory,
  packageJsonIn,
  packageName,
  pinnedVersion,
  proofFile,
  type NativeBackend,
  type Proof,
} from './nativePackage.js';
import { proveBackend, type BackendProof } from './proveBackend.js';
import { runProgram } from '../../runProgram.js';
import { unpackWheel, wheelRequirements } from './wheel.js';

export interface InstalledTensorFlow {
  proof: BackendProof;
  /** The native package's folder. */
  directory: string;
  /** False where it was there and proved itself. */
  changed: boolean;
}

const npmTimeoutMs = 10 * 60_000;

/**
 * Installs the native package of this backend where it is not proven yet. Callers hold a lock on
 * `dirname(installationDirectory(backend))`, so that nobody else installs meanwhile.
 *
 * @throws TemperedError `Unavailable` naming the step that failed, and what to do
 */
export async function installTensorFlow(
  backend: NativeBackend,
  onProgress: (message: string) => void,
): Promise<InstalledTensorFlow> {
  return (await findProven(backend, onProgress)) ?? (await installAfresh(backend, onProgress));
}

/** What is installed already and trains; null where nothing is. */
export async function findProven(
  backend: NativeBackend,
  onProgress: (message: string) => void,
): Promise<InstalledTensorFlow | null> {
  for (const packageJson of findNativePackages(backend)) {
    const directory = dirname(packageJson);
    try {
      return { proof: await prove(backend, packageJson), directory, changed: false };
    } catch (error) {
      onProgress(`${directory} does not train here: ${messageOf(error)}`);
    }
  }
  return null;
}

async function installAfresh(
  backend: NativeBackend,
  onProgress: (message: string) => void,
): Promise<InstalledTensorFlow> {
  const place = installationDirectory(backend);
  const unfinished = `${place}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  try {
    const source = await makeIn(unfinished, backend, onProgress);
    onProgress('proving it: training a small network in a process of its own');
    const proof = await prove(backend, packageJsonIn(unfinished, backend));
    await writeProof(unfinished, backend, source, proof);
    await rm(place, { recursive: true, force: true });
    await rename(unfinished, place);
    return { proof, directory: dirname(packageJsonIn(place, backend)), changed: true };
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function makeIn(
  directory: string,
  backend: NativeBackend,
  onProgress: (message: string) => void,
): Promise<Proof['source']> {
  const name = packageName(backend);
  const packageDirectory = dirname(packageJsonIn(directory, backend));
  const npm = (...args: string[]) =>
    runProgram('npm', ['--prefix', directory, ...args], { cwd: directory, timeoutMs: npmTimeoutMs });
  onProgress(`installing ${name}@${pinnedVersion} from npm into our cache`);
  await writeFile(join(directory, 'package.json'), JSON.stringify({ private: true }));
  await npm('install', '--no-audit', '--no-fund', '--ignore-scripts', `${name}@${pinnedVersion}`).catch(
    (error: unknown) => {
      throw new TemperedError('Unavailable', `npm could not install ${name}: ${messageOf(error)}`, {
        cause: error,
      });
    },
  );
  try {
    onProgress("downloading TensorFlow by the package's own install script");
    await npm('rebuild', name);
    return 'package';
  } catch (error) {
    onProgress(
      `its own download did not work here (${reasonOf(error)}): taking TensorFlow from PyPI's wheel`,
    );
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new TemperedError(
      'Unavailable',
      `There is a wheel for Linux on x64 only, and this is ${process.platform} on ${process.arch}. Training goes on on WebAssembly.`,
    );
  }
  const deps = join(packageDirectory, 'deps');
  await rm(deps, { recursive: true, force: true });
  onProgress(
    `fetching ${wheelRequirements[backend].map(({ pinned }) => pinned).join(', ')} with pip, checked by SHA-256`,
  );
  await unpackWheel(wheelRequirements[backend], deps, directory);
  onProgress('building the binding with node-gyp');
  await buildBinding(directory, packageDirectory);
  await rm(join(deps, 'include'), { recursive: true });
  return 'wheel';
}

/** Of all that npm writes about a script that failed, the line of the error itself. */
function reasonOf(error: unknown): string {
  const lines = messageOf(error).split('\n');
  return lines.find((line) => /Error: /.test(line))?.replace(/^.*Error: /, '') ?? lines.at(-1) ?? '';
}

async function prove(backend: NativeBackend, packageJson: string): Promise<BackendProof> {
  const proof = await proveBackend(backend, packageJson);
  if (proof?.backend === backend) return proof;
  throw new TemperedError(
    'Unavailable',
    'TensorFlow trains, but on the CPU: it found no GPU that it can use. See that "nvidia-smi" names one and that its ' +
      'driver is new enough for CUDA 12 (525 or newer); without a GPU, install without --gpu.',
  );
}

function writeProof(
  directory: string,
  backend: NativeBackend,
  source: Proof['source'],
  { packages }: BackendProof,
): Promise<void> {
  const proof: Proof = {
    package: packageName(backend),
    version: pinnedVersion,
    libtensorflow: packages['libtensorflow'] ?? '',
    source,
    provenAt: new Date().toISOString(),
  };
  return writeFile(proofFile(directory), JSON.stringify(proof, null, 2));
}
