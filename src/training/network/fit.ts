/**
 * Gradient descent, epoch by epoch.
 *
 * Invariant: an epoch depends on the job and on the checkpoint before it, and on nothing else. Every epoch starts
 * by loading that checkpoint, in a run of one piece, too; so a resumed run gives the same bits as an unbroken one.
 */
import type { Sequential } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { TemperedError } from '../../domain/errors.js';
import { parse } from '../../domain/parse.js';
import { createRandom, shuffledIndices } from '../../statistics/random.js';
import type { TensorFlow } from '../backend.js';
import type { TrainingTask } from '../trainers/trainer.js';
import { encodeRows, type Encoding } from './encoding.js';
import type { NetworkParams } from './network.js';
import { restoreTensor, storedTensorSchema, storeTensor } from './tensors.js';
import type { TrainingSet } from './trainingSet.js';

export interface FitRequest {
  tensorFlow: TensorFlow;
  params: NetworkParams;
  task: TrainingTask;
  network: Sequential;
  encoding: Encoding;
  trainingSet: TrainingSet;
}

/** With the seed, from which each epoch draws its own order of rows, it determines all that follows. */
const fitStateSchema = z.strictObject({
  weights: z.array(storedTensorSchema),
  optimizer: z.array(storedTensorSchema),
});
type FitState = z.output<typeof fitStateSchema>;

const progressIntervalMs = 1000;

/**
 * Trains the network in place.
 *
 * @throws TemperedError `UnusableModel` where the weights stop being numbers
 */
export async function fit(request: FitRequest): Promise<void> {
  const { params, task, network } = request;
  const { resumeFrom } = task;
  let state =
    resumeFrom === null
      ? { weights: await storedWeights(network), optimizer: [] }
      : parse(fitStateSchema, resumeFrom.state, 'The checkpoint of a network');
  for (let epoch = (resumeFrom?.epoch ?? 0) + 1; epoch <= params.epochs; epoch++) {
    const { loss, after } = await trainEpoch(request, epoch, state);
    state = after;
    await task.checkpoint(reportOf(request, epoch, loss), state);
  }
  restoreWeights(request, state);
}

function reportOf({ params: { epochs }, tensorFlow: { backend } }: FitRequest, epoch: number, loss: number) {
  return { epoch, epochs, backend, metrics: { loss } };
}

async function trainEpoch(
  request: FitRequest,
  epoch: number,
  before: FitState,
): Promise<{ loss: number; after: FitState }> {
  const { tensorFlow, params, network } = request;
  restoreWeights(request, before);
  const optimizer = tensorFlow.tf.train.adam(params.learningRate);
  if (before.optimizer.length > 0) {
    const state = before.optimizer.map((stored) => restoreTensor(tensorFlow, stored));
    await optimizer.setWeights(state);
    tensorFlow.tf.dispose(state.map(({ tensor }) => tensor));
  }
  network.compile({ optimizer, loss: 'binaryCrossentropy' });

  const loss = await trainBatches(request, epoch);
  if (!(await hasFiniteWeights(network))) throw diverged(epoch, params.learningRate);
  const state = await optimizer.getWeights();
  const after = {
    weights: await storedWeights(network),
    optimizer: await Promise.all(state.map(({ name, tensor }) => storeTensor(name, tensor))),
  };
  tensorFlow.tf.dispose(state.map(({ tensor }) => tensor));
  optimizer.dispose();
  return { loss, after };
}

/** @returns the mean loss over all rows */
async function trainBatches(request: FitRequest, epoch: number): Promise<number> {
  const { params, task, trainingSet, encoding } = request;
  const order = shuffledIndices(trainingSet.rows, createRandom(task.seed, epoch));
  const { batchSize } = params;
  const encoded = new Float32Array(Math.min(batchSize, order.length) * encoding.width);
  let [lossSum, reportedAt] = [0, performance.now()];
  for (let start = 0; start < order.length; start += batchSize) {
    task.signal.throwIfAborted();
    const indices = order.subarray(start, start + batchSize);
    lossSum += (await trainBatch(request, indices, encoded)) * indices.length;
    const meanLoss = lossSum / (start + indices.length);
    if (performance.now() - reportedAt >= progressIntervalMs) {
      task.report(reportOf(request, epoch, meanLoss));
      reportedAt = performance.now();
    }
    // TensorFlow never lets the event loop turn by itself; messages and a lost parent must be noticed.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return lossSum / order.length;
}

async function trainBatch(
  { tensorFlow: { tf }, network, encoding, trainingSet }: FitRequest,
  indices: Uint32Array,
  encoded: Float32Array,
): Promise<number> {
  encodeRows(encoding, trainingSet, indices, encoded);
  const labels = Float32Array.from(indices, (row) => trainingSet.labels[row] ?? 0);
  const inputs = tf.tensor2d(encoded.subarray(0, indices.length * encoding.width), [
    indices.length,
    encoding.width,
  ]);
  const targets = tf.tensor2d(labels, [indices.length, 1]);
  try {
    const metrics = await network.trainOnBatch(inputs, targets);
    return Array.isArray(metrics) ? (metrics[0] ?? Number.NaN) : metrics;
  } finally {
    tf.dispose([inputs, targets]);
  }
}

function storedWeights(network: Sequential) {
  return Promise.all(network.getWeights().map((tensor, i) => storeTensor(`weight ${i}`, tensor)));
}

function restoreWeights({ tensorFlow, network }: FitRequest, { weights }: FitState): void {
  const tensors = weights.map((stored) => restoreTensor(tensorFlow, stored).tensor);
  network.setWeights(tensors);
  tensorFlow.tf.dispose(tensors);
}

/** The loss does not tell: TensorFlow.js clips scores, NaN included, before it takes their logarithm. */
async function hasFiniteWeights(network: Sequential): Promise<boolean> {
  const weights = await Promise.all(network.getWeights().map((tensor) => tensor.data()));
  return weights.every((values) => values.every(Number.isFinite));
}

function diverged(epoch: number, learningRate: number): TemperedError {
  return new TemperedError(
    'UnusableModel',
    `The training diverged: its weights stopped being numbers in epoch ${epoch}. Lower trainer.learningRate (it is ${learningRate}), or look for extreme values in the features.`,
  );
}
