/**
 * Where the native TensorFlow.js packages lie, and how they are loaded.
 *
 * Invariant: tfjs-core and tfjs-layers come from the place where the native package finds them, never from elsewhere:
 * kernels, gradients and tensors of two copies must not meet.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as tfCore from '@tensorflow/tfjs-core';
import type * as tfLayers from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { cacheDirectory } from '../../cacheDirectory.js';
import { restoreRemovedUtilities } from './removedUtilities.js';

export type NativeBackend = 'tfjs-node-gpu' | 'tfjs-node';

/** Exactly this one: its tfjs-core and tfjs-layers must be the ones that our types describe. */
export const pinnedVersion = '4.22.0';

export interface LoadedNativePackage {
  tf: typeof tfCore;
  layers: typeof tfLayers;
  /** False where a GPU package found no device, and computes on the CPU. */
  usesGpu: boolean;
  /** Name → version, of all that decides what is computed. */
  packages: Record<string, string>;
}

/** Written last, once a training step has run: an installation without it is not one. */
const proofSchema = z.strictObject({
  package: z.string(),
  version: z.literal(pinnedVersion),
  libtensorflow: z.string(),
  source: z.enum(['package', 'wheel']),
  provenAt: z.string(),
});
export type Proof = z.output<typeof proofSchema>;

const packageSchema = z.object({ name: z.string(), version: z.string() });
const nativeSchema = z.object({
  isUsingGpuDevice: z.boolean(),
  binding: z.object({ TF_Version: z.string() }),
});

export function packageName(backend: NativeBackend): string {
  return `@tensorflow/${backend}`;
}

/** Where `tempered tensorflow install` puts it, so that `npm ci` leaves it alone. */
export function installationDirectory(backend: NativeBackend): string {
  return join(cacheDirectory(), 'tensorflow', `${backend}-${pinnedVersion}`);
}

export function packageJsonIn(directory: string, backend: NativeBackend): string {
  return join(directory, 'node_modules', packageName(backend), 'package.json');
}

export function proofFile(directory: string): string {
  return join(directory, 'proof.json');
}

/** What was proven of the installation in our cache; null where there is none, or only the rest of one. */
export function readProof(backend: NativeBackend): Proof | null {
  const file = proofFile(installationDirectory(backend));
  if (!existsSync(file)) return null;
  return proofSchema.safeParse(readJson(file)).data ?? null;
}

/** The package.json of each place where the package lies: beside us in node_modules, then in our cache. */
export function findNativePackages(backend: NativeBackend): string[] {
  const found: string[] = [];
  try {
    found.push(createRequire(import.meta.url).resolve(`${packageName(backend)}/package.json`));
  } catch {
    // Not installed beside us: it is optional.
  }
  if (readProof(backend) !== null) found.push(packageJsonIn(installationDirectory(backend), backend));
  return found;
}

/**
 * Loads the package, on so many threads. A process may load one native package only.
 *
 * @param packageJson - the package's own package.json
 * @throws where its binding or one of its libraries is missing, or does not fit this machine
 */
export function loadNativePackage(packageJson: string, threads: number): LoadedNativePackage {
  // Read by libtensorflow when it is loaded.
  process.env['TF_NUM_INTRAOP_THREADS'] = String(threads);
  process.env['TF_NUM_INTEROP_THREADS'] = '1';
  process.env['TF_DETERMINISTIC_OPS'] = '1';
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1';
  restoreRemovedUtilities();
  const requireNative = createRequire(packageJson);
  requireNative(dirname(packageJson));

  const requireUnion = createRequire(requireNative.resolve('@tensorflow/tfjs'));
  const tf: unknown = requireUnion('@tensorflow/tfjs-core');
  const layers: unknown = requireUnion('@tensorflow/tfjs-layers');
  if (!isCore(tf) || !isLayers(layers)) throw new Error(`${packageJson} brings no TensorFlow.js`);
  const native = nativeSchema.parse(tf.findBackend('tensorflow'));
  const { name, version } = packageSchema.parse(readJson(packageJson));
  return {
    tf,
    layers,
    usesGpu: native.isUsingGpuDevice,
    packages: {
      '@tensorflow/tfjs-core': tf.version_core,
      '@tensorflow/tfjs-layers': layers.version_layers,
      [name]: version,
      libtensorflow: native.binding.TF_Version,
    },
  };
}

function isCore(module: unknown): module is typeof tfCore {
  return typeof module === 'object' && module !== null && 'version_core' in module;
}

function isLayers(module: unknown): module is typeof tfLayers {
  return typeof module === 'object' && module !== null && 'version_layers' in module;
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
