import { dirname, join } from 'node:path';
import { installTensorFlow, type InstalledTensorFlow } from '../../training/tensorflow/install.js';
import { installationDirectory, type NativeBackend } from '../../training/tensorflow/nativePackage.js';
import { withLock } from './processLock.js';

/**
 * Installs a native TensorFlow into our cache where it is not proven yet; two who want it at once do it once.
 *
 * @throws TemperedError as `installTensorFlow`
 */
export function installNativeTensorFlow(
  backend: NativeBackend,
  onProgress: (message: string) => void,
): Promise<InstalledTensorFlow> {
  return withLock(
    join(dirname(installationDirectory(backend)), 'lock'),
    ({ pid }) => onProgress(`waiting for process ${pid}, which is installing TensorFlow`),
    () => installTensorFlow(backend, onProgress),
  );
}
