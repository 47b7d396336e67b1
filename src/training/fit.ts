/**
 * Gradient descent, epoch by epoch.
 *
 * Invariant: an epoch depends on the job and on the checkpoint before it, and on nothing else. Every epoch starts
 * by loading that checkpoint, in a run of one piece, too; so a resumed run gives the same bits as an unbroken one.
 */
import type { Sequential } from '@tensorflow/tfjs-layers';
import { TemperedError } from '../domain/errors.js';
import type { TrainingJob } from '../domain/training.js';
import { createRandom, shuffledIndices } from '../statistics/random.js';
import type { TensorFlow } from './backend.js';
import type { Checkpoint } from './checkpoint.js';
import { encodeRows, type Encoding } from './encoding.js';
import { restoreTensor, storeTensor } from './tensors.js';
import type { TrainingSet } from './trainingSet.js';

export interface FitRequest {
  tensorFlow: TensorFlow;
  job: TrainingJob;
  network: Sequential;
  encoding: Encoding;
  trainingSet: TrainingSet;
  /** Where to go on from; null starts afresh. */
  resumeFrom: Checkpoint | null;
}

export interface FitObserver {
  /** Called within an epoch about once a second; `loss` is the mean so far. */
  onProgress(epoch: number, loss: number): void;
  /** Called after each epoch. */
  onCheckpoint(checkpoint: Checkpoint): Promise<void>;
}

const progressIntervalMs = 1000;

/**
 * Trains the network in place.
 *
 * @returns the mean loss of each epoch
 * @throws TemperedError `UnusableModel` where the weights stop being numbers
 */
export async function fit(request: FitRequest, observer: FitObserver): Promise<number[]> {
  const { job, network } = request;
  let checkpoint = request.resumeFrom ?? (await firstCheckpoint(job.runId, network));
  while (checkpoint.epoch < job.trainer.epochs) {
    checkpoint = await trainEpoch(request, checkpoint, observer);
    await observer.onCheckpoint(checkpoint);
  }
  restoreWeights(request, checkpoint);
  return checkpoint.losses;
}

async function firstCheckpoint(runId: string, network: Sequential): Promise<Checkpoint> {
  return { format: 1, runId, epoch: 0, losses: [], weights: await storedWeights(network), optimizer: [] };
}

async function trainEpoch(
  request: FitRequest,
  before: Checkpoint,
  observer: FitObserver,
): Promise<Checkpoint> {
  const { tensorFlow, job, network } = request;
  const epoch = before.epoch + 1;
  restoreWeights(request, before);
  const optimizer = tensorFlow.tf.train.adam(job.trainer.learningRate);
  if (before.optimizer.length > 0) {
    const state = before.optimizer.map((stored) => restoreTensor(tensorFlow, stored));
    await optimizer.setWeights(state);
    tensorFlow.tf.dispose(state.map(({ tensor }) => tensor));
  }
  network.compile({ optimizer, loss: 'binaryCrossentropy' });

  const loss = await trainBatches(request, epoch, observer);
  if (!(await hasFiniteWeights(network))) throw diverged(epoch, job.trainer.learningRate);
  const state = await optimizer.getWeights();
  const after: Checkpoint = {
    ...before,
    epoch,
    losses: [...before.losses, loss],
    weights: await storedWeights(network),
    optimizer: await Promise.all(state.map(({ name, tensor }) => storeTensor(name, tensor))),
  };
  tensorFlow.tf.dispose(state.map(({ tensor }) => tensor));
  optimizer.dispose();
  return after;
}

/** @returns the mean loss over all rows */
async function trainBatches(request: FitRequest, epoch: number, observer: FitObserver): Promise<number> {
  const { job, trainingSet, encoding } = request;
  const order = shuffledIndices(trainingSet.rows, createRandom(job.seed, epoch));
  const { batchSize } = job.trainer;
  const encoded = new Float32Array(Math.min(batchSize, order.length) * encoding.width);
  let [lossSum, reportedAt] = [0, performance.now()];
  for (let start = 0; start < order.length; start += batchSize) {
    const indices = order.subarray(start, start + batchSize);
    lossSum += (await trainBatch(request, indices, encoded)) * indices.length;
    const meanLoss = lossSum / (start + indices.length);
    if (performance.now() - reportedAt >= progressIntervalMs) {
      observer.onProgress(epoch, meanLoss);
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

function restoreWeights({ tensorFlow, network }: FitRequest, { weights }: Checkpoint): void {
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
