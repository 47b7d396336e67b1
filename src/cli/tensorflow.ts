import type { Command } from 'commander';
import { TemperedError } from '../domain/errors.js';
import { findProven, type InstalledTensorFlow } from '../training/tensorflow/install.js';
import type { NativeBackend } from '../training/tensorflow/nativePackage.js';
import { installNativeTensorFlow } from '../workers/local/installNativeTensorFlow.js';

interface InstallOptions {
  gpu?: boolean;
  check?: boolean;
}

export function addTensorFlowCommand(program: Command): void {
  program
    .command('tensorflow')
    .description('native TensorFlow, which trains large networks about ten times as fast as WebAssembly')
    .command('install')
    .description('install it into the cache and prove that it trains; does nothing where it does already')
    .option('--gpu', 'for NVIDIA GPUs: about 2.5 GB of CUDA libraries')
    .option('--check', 'install nothing; exit with 1 where it is not there and proven')
    .action(async ({ gpu, check }: InstallOptions) => {
      const backend: NativeBackend = gpu === true ? 'tfjs-node-gpu' : 'tfjs-node';
      console.log(
        describe(
          backend,
          await (check === true ? checkInstalled(backend) : installNativeTensorFlow(backend, report)),
        ),
      );
    });
}

async function checkInstalled(backend: NativeBackend): Promise<InstalledTensorFlow> {
  const found = await findProven(backend, report);
  if (found !== null) return found;
  const flag = backend === 'tfjs-node-gpu' ? ' --gpu' : '';
  throw new TemperedError(
    'NotFound',
    `${backend} is not installed and proven here. Install it with: tempered tensorflow install${flag}`,
  );
}

function report(message: string): void {
  console.error(message);
}

function describe(backend: NativeBackend, { proof, directory, changed }: InstalledTensorFlow): string {
  const libtensorflow = proof.packages['libtensorflow'] ?? 'unknown';
  const state = changed ? 'is installed and trains' : 'was installed already, and trains';
  return `${backend} ${state}: libtensorflow ${libtensorflow} on ${proof.threads} threads, in ${directory}`;
}
