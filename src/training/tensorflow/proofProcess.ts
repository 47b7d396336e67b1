/**
 * Program of a child process: `proofProcess.js <backend> [<package.json>]` trains a small network on that backend (of
 * that native package), prints what it found as JSON, and fails where the training does not learn. A native library
 * that does not fit the machine may end the process; so it is never run in one that matters.
 */
import { strict as assert } from 'node:assert';
import { availableParallelism } from 'node:os';
import { messageOf } from '../../domain/errors.js';
import { tensorFlowBackends } from '../../domain/training.js';
import { BackendNotInstalled, loadTensorFlow, startNativePackage, type TensorFlow } from '../backend.js';
import { notInstalledExitCode, type BackendProof } from './proveBackend.js';

const steps = 60;

try {
  const backend = tensorFlowBackends.find((name) => name === process.argv[2]);
  if (backend === undefined) throw new Error('usage: proofProcess.js <backend> [<package.json>]');
  const packageJson = process.argv[3];
  const threads = availableParallelism();
  const tensorFlow =
    packageJson === undefined
      ? await loadTensorFlow({ backend, threads })
      : await startNativePackage(packageJson, threads);
  const losses = await learn(tensorFlow);
  const [first = Number.NaN] = losses;
  const last = losses.at(-1) ?? Number.NaN;
  assert.ok(last < first / 2, `it does not learn: its loss went from ${first} to ${last}`);
  const proof: BackendProof = {
    backend: tensorFlow.backend,
    threads: tensorFlow.threads,
    packages: tensorFlow.packages,
  };
  process.stdout.write(JSON.stringify(proof));
} catch (error) {
  process.stderr.write(messageOf(error));
  const missing = error instanceof Error && error.cause instanceof BackendNotInstalled;
  process.exitCode = missing ? notInstalledExitCode : 1;
}

/** Exclusive or: no network without a hidden layer learns it. Returns the loss of each step. */
async function learn({ tf, layers }: Pick<TensorFlow, 'tf' | 'layers'>): Promise<number[]> {
  const network = layers.sequential();
  const kernel = (seed: number) => layers.initializers.glorotUniform({ seed });
  network.add(
    layers.layers.dense({ inputShape: [2], units: 16, activation: 'relu', kernelInitializer: kernel(1) }),
  );
  network.add(layers.layers.dense({ units: 1, activation: 'sigmoid', kernelInitializer: kernel(2) }));
  network.compile({ optimizer: tf.train.adam(0.05), loss: 'binaryCrossentropy' });
  const inputs = tf.tensor2d([0, 0, 0, 1, 1, 0, 1, 1], [4, 2]);
  const targets = tf.tensor2d([0, 1, 1, 0], [4, 1]);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const metrics = await network.trainOnBatch(inputs, targets);
    losses.push(Array.isArray(metrics) ? (metrics[0] ?? Number.NaN) : metrics);
  }
  return losses;
}
