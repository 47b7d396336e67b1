/** TensorFlow.js on the fastest backend that this machine has, or on the one that was asked for. */
import { existsSync } from 'node:fs';
import type * as tfCore from '@tensorflow/tfjs-core';
import type * as tfLayers from '@tensorflow/tfjs-layers';
import { readTensorFlowSettings } from '../config.js';
import { messageOf, TemperedError } from '../domain/errors.js';
import { tensorFlowBackends, type TensorFlowBackend } from '../domain/training.js';
import { installedVersions } from './installedVersion.js';
import { findNativePackages, loadNativePackage, type NativeBackend } from './tensorflow/nativePackage.js';

export interface TensorFlow {
  tf: typeof tfCore;
  layers: typeof tfLayers;
  backend: TensorFlowBackend;
  /** On which kernels compute; the same job gives the same bits on the same backend and as many threads. */
  threads: number;
  /** Name → version, of all in TensorFlow that decides what is computed. */
  packages: Record<string, string>;
  /** What to do for more speed; null where nothing is faster. */
  advice: string | null;
}

type StartedTensorFlow = Omit<TensorFlow, 'advice'>;

export interface BackendChoice {
  /** Null takes the first of `tensorFlowBackends` that works. */
  backend: TensorFlowBackend | null;
  /** For native backends; WebAssembly and plain JavaScript compute on one. */
  threads: number;
}

/** The backend is an optional package that nobody installed. */
export class BackendNotInstalled extends Error {}

/**
 * Loads TensorFlow.js with the first backend of `tensorFlowBackends` that works. The first two are optional: peers of this
 * package, or what `tempered tensorflow install` built.
 *
 * @param choice - by default what the environment says (TEMPERED_TENSORFLOW_BACKEND, TEMPERED_TENSORFLOW_THREADS)
 * @throws TemperedError `Unavailable` where the backend that was asked for does not work here
 */
export async function loadTensorFlow(choice: BackendChoice = chosenByEnvironment()): Promise<TensorFlow> {
  const problems: string[] = [];
  for (const backend of choice.backend === null ? tensorFlowBackends : [choice.backend]) {
    try {
      const started = await starters[backend](choice.threads);
      return { ...started, advice: adviceFor(started.backend, problems) };
    } catch (error) {
      if (choice.backend !== null) throw unavailable(choice.backend, error);
      if (!(error instanceof BackendNotInstalled)) {
        problems.push(`${backend} could not be used: ${messageOf(error)}`);
      }
    }
  }
  throw new TemperedError('Unavailable', `No TensorFlow.js backend works here. ${problems.join(' ')}`);
}

function chosenByEnvironment(): BackendChoice {
  const { TEMPERED_TENSORFLOW_BACKEND: backend, TEMPERED_TENSORFLOW_THREADS: threads } =
    readTensorFlowSettings();
  return { backend: backend === 'automatic' ? null : backend, threads };
}

const starters: Record<TensorFlowBackend, (threads: number) => Promise<StartedTensorFlow>> = {
  'tfjs-node-gpu': startGpu,
  'tfjs-node': (threads) => startNative('tfjs-node', threads),
  wasm: async () => {
    const { setThreadsCount } = await import('@tensorflow/tfjs-backend-wasm');
    // Several threads add in an order of their own.
    setThreadsCount(1);
    return startOwn('wasm');
  },
  cpu: async () => {
    await import('@tensorflow/tfjs-backend-cpu');
    return startOwn('cpu');
  },
};

async function startGpu(threads: number): Promise<StartedTensorFlow> {
  if (findNativePackages('tfjs-node-gpu').length === 0) throw new BackendNotInstalled(notInstalled);
  // Looked at first, because a process can load one native package only.
  if (!hasGpu()) throw new Error('this machine shows no NVIDIA GPU');
  return startNative('tfjs-node-gpu', threads);
}

const notInstalled = 'not installed';

/** Device files of NVIDIA's driver on Linux, and in WSL. */
function hasGpu(): boolean {
  return existsSync('/dev/nvidiactl') || existsSync('/dev/dxg');
}

async function startNative(backend: NativeBackend, threads: number): Promise<StartedTensorFlow> {
  let problem: unknown = new BackendNotInstalled(notInstalled);
  for (const packageJson of findNativePackages(backend)) {
    try {
      return await startNativePackage(packageJson, threads);
    } catch (error) {
      problem = error;
    }
  }
  throw problem;
}

/**
 * Starts TensorFlow.js on the native package of this package.json.
 *
 * @returns with the backend that really computes: a GPU package without a usable GPU is `tfjs-node`
 */
export async function startNativePackage(packageJson: string, threads: number): Promise<StartedTensorFlow> {
  const { tf, layers, usesGpu, packages } = loadNativePackage(packageJson, threads);
  await start(tf, 'tensorflow');
  return { tf, layers, packages, threads, backend: usesGpu ? 'tfjs-node-gpu' : 'tfjs-node' };
}

/** Starts a backend of our own dependencies. */
async function startOwn(backend: 'wasm' | 'cpu'): Promise<StartedTensorFlow> {
  const tf = await import('@tensorflow/tfjs-core');
  // Besides layers, this registers the gradients, which tfjs-core alone lacks.
  const layers = await import('@tensorflow/tfjs-layers');
  await start(tf, backend);
  const names = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers', `@tensorflow/tfjs-backend-${backend}`];
  return { tf, layers, backend, threads: 1, packages: installedVersions(names) };
}

async function start(tf: typeof tfCore, name: string): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`the backend "${name}" did not start`);
  await tf.ready();
}

function unavailable(backend: TensorFlowBackend, error: unknown): TemperedError {
  const next =
    error instanceof BackendNotInstalled
      ? `Install it with: tempered tensorflow install${backend === 'tfjs-node-gpu' ? ' --gpu' : ''}`
      : 'Unset TEMPERED_TENSORFLOW_BACKEND to take another one, or see what "tempered doctor" says.';
  return new TemperedError(
    'Unavailable',
    `The TensorFlow.js backend ${backend} was asked for and cannot be used: ${messageOf(error)}. ${next}`,
    { cause: error },
  );
}

function adviceFor(backend: TensorFlowBackend, problems: readonly string[]): string | null {
  const install = 'tempered tensorflow install';
  const faster: Record<TensorFlowBackend, string | null> = {
    'tfjs-node-gpu': null,
    'tfjs-node': `On a machine with an NVIDIA GPU, "${install} --gpu" trains on it.`,
    wasm: `Training runs on WebAssembly; "${install}" trains large networks about ten times as fast.`,
    cpu: `Training runs on plain JavaScript; "${install}" trains large networks about fifty times as fast.`,
  };
  const advice = [...problems, faster[backend]].filter((sentence) => sentence !== null);
  return advice.length === 0 ? null : advice.join(' ');
}
