/** TensorFlow.js on the fastest backend that this machine has. */
import type * as tfCore from '@tensorflow/tfjs-core';
import type * as tfLayers from '@tensorflow/tfjs-layers';
import type { TensorFlowBackend } from '../domain/training.js';
import { messageOf } from '../domain/errors.js';

export interface TensorFlow {
  tf: typeof tfCore;
  layers: typeof tfLayers;
  backend: TensorFlowBackend;
  /** npm packages that decide what it computes. */
  packages: readonly string[];
  /** What to do for more speed; null where nothing is faster. */
  advice: string | null;
}

/**
 * Loads TensorFlow.js with the first backend that works: tfjs-node-gpu, tfjs-node, wasm, cpu. The first two are
 * optional peers of this package. WebAssembly runs on one thread, so that the same job gives the same bits.
 */
export async function loadTensorFlow(): Promise<TensorFlow> {
  const tf = await import('@tensorflow/tfjs-core');
  // Besides layers, this registers the gradients, which tfjs-core alone lacks.
  const layers = await import('@tensorflow/tfjs-layers');
  const problems: string[] = [];
  for (const backend of ['tfjs-node-gpu', 'tfjs-node', 'wasm', 'cpu'] as const) {
    const problem = await problemOf(() => starters[backend](tf));
    if (problem === null) {
      const packages = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers', backendPackages[backend]];
      return { tf, layers, backend, packages, advice: adviceFor(backend, problems) };
    }
    if (problem !== notInstalled) problems.push(`${backend} could not be used: ${problem}`);
  }
  throw new Error(`No TensorFlow.js backend works here. ${problems.join(' ')}`);
}

const backendPackages: Record<TensorFlowBackend, string> = {
  'tfjs-node-gpu': '@tensorflow/tfjs-node-gpu',
  'tfjs-node': '@tensorflow/tfjs-node',
  wasm: '@tensorflow/tfjs-backend-wasm',
  cpu: '@tensorflow/tfjs-backend-cpu',
};

const notInstalled = 'not installed';

const starters: Record<TensorFlowBackend, (tf: typeof tfCore) => Promise<void>> = {
  'tfjs-node-gpu': (tf) => startNative(tf, '@tensorflow/tfjs-node-gpu'),
  'tfjs-node': (tf) => startNative(tf, '@tensorflow/tfjs-node'),
  wasm: async (tf) => {
    const { setThreadsCount } = await import('@tensorflow/tfjs-backend-wasm');
    setThreadsCount(1);
    await start(tf, 'wasm');
  },
  cpu: async (tf) => {
    await import('@tensorflow/tfjs-backend-cpu');
    await start(tf, 'cpu');
  },
};

async function startNative(tf: typeof tfCore, packageName: string): Promise<void> {
  await import(packageName);
  await start(tf, 'tensorflow');
}

async function start(tf: typeof tfCore, name: string): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`the backend "${name}" did not start`);
  await tf.ready();
}

async function problemOf(startBackend: () => Promise<void>): Promise<string | null> {
  try {
    await startBackend();
    return null;
  } catch (error) {
    return isPackageMissing(error) ? notInstalled : messageOf(error);
  }
}

/** True where the package itself is absent; false where it is there but lacks something of its own. */
function isPackageMissing(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'ERR_MODULE_NOT_FOUND' &&
    /Cannot find package '@tensorflow\/tfjs-node(-gpu)?'/.test(error.message)
  );
}

function adviceFor(backend: TensorFlowBackend, problems: readonly string[]): string | null {
  const faster: Record<TensorFlowBackend, string | null> = {
    'tfjs-node-gpu': null,
    'tfjs-node': 'On a machine with an NVIDIA GPU, npm install @tensorflow/tfjs-node-gpu trains on it.',
    wasm: 'Training runs on WebAssembly; npm install @tensorflow/tfjs-node trains large networks about ten times as fast.',
    cpu: 'Training runs on plain JavaScript; npm install @tensorflow/tfjs-node trains large networks about fifty times as fast.',
  };
  const advice = [...problems, faster[backend]].filter((sentence) => sentence !== null);
  return advice.length === 0 ? null : advice.join(' ');
}
