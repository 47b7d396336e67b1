/** One training from snapshot to ONNX, in the process that calls it. It blocks: workers call trainInChild instead. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sequential } from '@tensorflow/tfjs-layers';
import { readColumns } from '../artifacts/columns.js';
import type { ColumnBatch } from '../domain/dataset.js';
import { TemperedError } from '../domain/errors.js';
import type { TrainingJob } from '../domain/training.js';
import { createRandom, shuffledIndices } from '../statistics/random.js';
import { loadTensorFlow, type TensorFlow } from './backend.js';
import { encodeCheckpoint, readCheckpoint, type Checkpoint } from './checkpoint.js';
import { encodeRows, fitEncoding, type Encoding, type RawColumns } from './encoding.js';
import { describeEnvironment } from './environment.js';
import { fit } from './fit.js';
import type { DoneMessage, StartMessage, TrainingMessage } from './messages.js';
import { buildNetwork, readLayers } from './network.js';
import { exportModel } from './onnx/exportModel.js';
import { checkParity } from './parity.js';
import { resourcesOfProcess } from './resources.js';
import { readTrainingSet, type TrainingSet } from './trainingSet.js';

/** Rows on which the exported graph is compared with the trainer. */
const parityRows = 10_000;

/** Stream of the seed from which labels are shuffled; epochs use the streams from 1 on. */
const permutationStream = 0;

/** @throws TemperedError as `readTrainingSet`, `fitEncoding`, `fit`, `readCheckpoint` and `checkParity` */
export async function train(
  { job, datasetPath, checkpointPath, directory }: StartMessage,
  send: (message: TrainingMessage) => void,
): Promise<DoneMessage> {
  const tensorFlow = await loadTensorFlow();
  const trainingSet = await readJobRows(job, datasetPath);
  const encoding = fitEncoding(job.features, trainingSet);
  const network = buildNetwork(tensorFlow, job.trainer, encoding.width, job.seed);
  const resumeFrom = checkpointPath === null ? null : await readCheckpoint(checkpointPath, job.runId);

  const { backend } = tensorFlow;
  const progress = (epoch: number, loss: number, epochEnded: boolean): TrainingMessage => {
    const resources = resourcesOfProcess(backend);
    return { kind: 'progress', epoch, epochs: job.trainer.epochs, loss, epochEnded, backend, resources };
  };
  const losses = await fit(
    { tensorFlow, job, network, encoding, trainingSet, resumeFrom },
    {
      onProgress: (epoch, loss) => send(progress(epoch, loss, false)),
      onCheckpoint: async (checkpoint) => {
        send({ kind: 'checkpoint', path: await writeCheckpoint(directory, checkpoint) });
        send(progress(checkpoint.epoch, checkpoint.losses.at(-1) ?? Number.NaN, true));
      },
    },
  );

  const modelPath = join(directory, 'model.onnx');
  await writeFile(modelPath, exportModel(job.features, encoding, await readLayers(network)));
  const batch = await firstRows(datasetPath, job);
  const expected = await scoreFirst(tensorFlow, network, encoding, trainingSet);
  return {
    kind: 'done',
    modelPath,
    outcome: {
      metrics: losses.map((value, i) => ({ name: 'loss', step: i + 1, value })),
      parity: await checkParity(modelPath, job.features, batch, expected),
      environment: await describeEnvironment(backend),
      resources: resourcesOfProcess(backend),
      resumedFromEpoch: resumeFrom?.epoch ?? 0,
      advice: tensorFlow.advice,
    },
  };
}

async function readJobRows(job: TrainingJob, datasetPath: string): Promise<TrainingSet> {
  const read = await readTrainingSet(datasetPath, job.features, job.target);
  if (!job.permuteLabels) return read;
  const order = shuffledIndices(read.rows, createRandom(job.seed, permutationStream));
  return { ...read, labels: Uint8Array.from(order, (row) => read.labels[row] ?? 0) };
}

async function writeCheckpoint(directory: string, checkpoint: Checkpoint): Promise<string> {
  const path = join(directory, `checkpoint-${checkpoint.epoch}.json`);
  await writeFile(path, encodeCheckpoint(checkpoint));
  return path;
}

async function firstRows(datasetPath: string, { features }: TrainingJob): Promise<ColumnBatch> {
  for await (const batch of readColumns(datasetPath, { features, batchRows: parityRows })) return batch;
  throw new TemperedError('UnusableData', 'The snapshot has no rows to compare the exported graph on.');
}

/** The network's own scores of the first rows. */
async function scoreFirst(
  { tf }: TensorFlow,
  network: Sequential,
  encoding: Encoding,
  columns: RawColumns,
): Promise<Float32Array> {
  const scores = new Float32Array(Math.min(columns.rows, parityRows));
  const batchRows = 1000;
  for (let start = 0; start < scores.length; start += batchRows) {
    const rows = Math.min(batchRows, scores.length - start);
    const indices = Uint32Array.from({ length: rows }, (_, i) => start + i);
    const encoded = new Float32Array(rows * encoding.width);
    encodeRows(encoding, columns, indices, encoded);
    const inputs = tf.tensor2d(encoded, [rows, encoding.width]);
    const outputs = [network.predictOnBatch(inputs)].flat();
    scores.set((await outputs[0]?.data()) ?? [], start);
    tf.dispose([inputs, ...outputs]);
  }
  return scores;
}
