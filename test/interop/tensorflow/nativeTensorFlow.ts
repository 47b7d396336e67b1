import { findProven } from '../../../src/training/tensorflow/install.js';
import { installNativeTensorFlow } from '../../../src/workers/local/installNativeTensorFlow.js';

const backend = 'tfjs-node';
const say = (message: string): void => console.error(message);

/** The folder of the native package, once it has trained here; null where there is none that does. */
export async function findNativeTensorFlow(): Promise<string | null> {
  return (await findProven(backend, say))?.directory ?? null;
}

/** @throws TemperedError `Unavailable` saying why it cannot be installed here */
export async function installNative(report: (message: string) => void): Promise<void> {
  await installNativeTensorFlow(backend, report);
}
