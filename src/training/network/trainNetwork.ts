/** Trains a network by gradient descent on TensorFlow.js, and exports it with its encoding. */
import type { ColumnBatch } from '../../domain/dataset.js';
import { loadTensorFlow } from '../backend.js';
import type { TrainedModel, TrainingTask } from '../trainers/trainer.js';
import { createEncoder, createEncoding, type EncodedRows } from './encoding.js';
import { exportNetwork } from './exportNetwork.js';
import { fit, type FitParams } from './fit.js';
import { Network } from './network.js';
import { createPacker, type PackedRows } from './packedRows.js';
import { readTrainingRows } from './trainingRows.js';

export interface NetworkParams extends FitParams {
  /** Units of each hidden layer: logistic regression is the network without any. */
  hiddenUnits: readonly number[];
  /** Categorical feature → numbers that stand for each of its values. */
  embeddings: Readonly<Record<string, number>>;
}

/** @throws TemperedError as `readTrainingRows` and `fit` */
export async function trainNetwork(params: NetworkParams, task: TrainingTask): Promise<TrainedModel> {
  const { features } = task;
  const tensorFlow = await loadTensorFlow();
  const rows = await readTrainingRows(task, params.earlyStopping?.validationFraction ?? 0);
  const encoding = createEncoding(features, rows.moments, params.embeddings);
  const network = new Network(tensorFlow.tf, encoding, params.hiddenUnits, task.seed);
  const encode = createEncoder(features, encoding);
  const valueCounts = encoding.embedded.map(({ name }) => rows.counts.get(name) ?? new Uint32Array());
  const bestEpoch = await fit({ tensorFlow, params, task, network, valueCounts, rows, encode });
  const pack = createPacker(features);
  return {
    model: exportNetwork(features, encoding, await network.weights()),
    score: (batch: ColumnBatch) => scoreInPieces(network, encode, pack(batch)),
    ...(params.earlyStopping !== null && {
      metrics: [{ name: 'bestEpoch', step: bestEpoch, value: bestEpoch }],
    }),
    backend: tensorFlow.backend,
    threads: tensorFlow.threads,
    packages: tensorFlow.packages,
    advice: tensorFlow.advice,
  };
}

const scoredRows = 1000;

/** The network's own scores of raw rows. */
async function scoreInPieces(
  network: Network,
  encode: (rows: PackedRows) => EncodedRows,
  { rows, stride, words }: PackedRows,
): Promise<Float32Array> {
  const scores = new Float32Array(rows);
  for (let start = 0; start < rows; start += scoredRows) {
    const piece = words.subarray(start * stride, (start + scoredRows) * stride);
    const encoded = encode({ rows: piece.length / stride, stride, words: piece });
    scores.set(await network.scores(encoded), start);
  }
  return scores;
}
