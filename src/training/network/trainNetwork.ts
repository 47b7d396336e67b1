/** Trains a network by gradient descent on TensorFlow.js, and exports it with its encoding. */
import type { Sequential } from '@tensorflow/tfjs-layers';
import type { ColumnBatch } from '../../domain/dataset.js';
import type { Feature } from '../../domain/feature.js';
import { loadTensorFlow, type TensorFlow } from '../backend.js';
import type { TrainedModel, TrainingTask } from '../trainers/trainer.js';
import { encodeRows, fitEncoding, type Encoding } from './encoding.js';
import { exportNetwork } from './exportNetwork.js';
import { fit } from './fit.js';
import { buildNetwork, readLayers, type NetworkParams } from './network.js';
import { readTrainingSet, toRawColumns } from './trainingSet.js';

export async function trainNetwork(params: NetworkParams, task: TrainingTask): Promise<TrainedModel> {
  const tensorFlow = await loadTensorFlow();
  const trainingSet = await readTrainingSet(task.features, task.data);
  const encoding = fitEncoding(task.features, trainingSet);
  const network = buildNetwork(tensorFlow, params, encoding.width, task.seed);
  await fit({ tensorFlow, params, task, network, encoding, trainingSet });
  return {
    model: exportNetwork(task.features, encoding, await readLayers(network)),
    score: (batch) => scoreBatch(tensorFlow, network, task.features, encoding, batch),
    backend: tensorFlow.backend,
    threads: tensorFlow.threads,
    packages: tensorFlow.packages,
    advice: tensorFlow.advice,
  };
}

const scoredRows = 1000;

/** The network's own scores of raw rows. */
async function scoreBatch(
  { tf }: TensorFlow,
  network: Sequential,
  features: readonly Feature[],
  encoding: Encoding,
  batch: ColumnBatch,
): Promise<Float32Array> {
  const columns = toRawColumns(features, batch);
  const scores = new Float32Array(columns.rows);
  for (let start = 0; start < scores.length; start += scoredRows) {
    const rows = Math.min(scoredRows, scores.length - start);
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
