/** Whether an exported graph answers as the trainer does. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { ColumnBatch } from '../domain/dataset.js';
import { TemperedError } from '../domain/errors.js';
import type { Feature } from '../domain/feature.js';
import { scoreOutput } from '../domain/tensor.js';
import type { ParityReport } from '../domain/training.js';

/** Largest difference in score between trainer and ONNX Runtime; both compute in FP32, in another order. */
export const tolerance = 1e-5;

/**
 * Runs the graph on raw rows, and compares its scores with the trainer's own.
 *
 * @param expected - the trainer's scores of these rows
 * @throws TemperedError `UnusableModel` where a score differs by more than 1e-5, or is no number
 */
export async function checkParity(
  modelPath: string,
  features: readonly Feature[],
  batch: ColumnBatch,
  expected: Float32Array,
): Promise<ParityReport> {
  const session = await InferenceSession.create(modelPath);
  try {
    return judge(await scoreRows(session, features, batch), expected);
  } finally {
    await session.release();
  }
}

/** The scores of raw rows by a graph of ours; empty where it answers something else. */
export async function scoreRows(
  session: InferenceSession,
  features: readonly Feature[],
  batch: ColumnBatch,
): Promise<Float32Array> {
  const feeds = features.map(({ name }) => [name, toTensor(batch[name] ?? [])] as const);
  const answer = (await session.run(Object.fromEntries(feeds)))[scoreOutput]?.data;
  return answer instanceof Float32Array ? answer : new Float32Array();
}

function toTensor(column: ColumnBatch[string]): Tensor {
  const dims = [column.length, 1];
  if (column instanceof Float32Array) return new Tensor('float32', column, dims);
  if (column instanceof BigInt64Array) return new Tensor('int64', column, dims);
  return new Tensor('string', column, dims);
}

function judge(scores: Float32Array, expected: Float32Array): ParityReport {
  const differences = expected.map((score, i) => Math.abs(score - (scores[i] ?? Number.NaN)));
  const maxAbsoluteDifference = differences.reduce((largest, difference) => Math.max(largest, difference), 0);
  const rows = expected.length;
  if (scores.length === rows && maxAbsoluteDifference <= tolerance) {
    return { rows, maxAbsoluteDifference, tolerance };
  }
  throw new TemperedError(
    'UnusableModel',
    `The exported graph does not answer as its trainer: over ${rows} rows scores differ by up to ${maxAbsoluteDifference} (allowed: ${tolerance}). It is not registered; please report this with the model definition.`,
  );
}
