import type { Feature } from '../domain/feature.js';
import { exportBaseRate } from './onnx/exportBaseRate.js';
import { readTrainingSet } from './trainingSet.js';

export interface BaseRateModel {
  /** Share of positives among the training rows. */
  rate: number;
  rows: number;
  /** ONNX. */
  modelBytes: Uint8Array;
}

/**
 * The baseline: always answers the share of positives in the snapshot.
 *
 * @throws TemperedError `UnusableData` where the target has one class only
 */
export async function trainBaseRate(request: {
  datasetPath: string;
  features: readonly Feature[];
  target: string;
}): Promise<BaseRateModel> {
  const { rows, labels } = await readTrainingSet(request.datasetPath, [], request.target);
  const rate = labels.reduce((sum, label) => sum + label, 0) / rows;
  return { rate, rows, modelBytes: exportBaseRate(request.features, rate) };
}
