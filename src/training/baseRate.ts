import type { Feature } from '../domain/feature.js';
import { exportBaseRate } from './onnx/exportBaseRate.js';
import { openTrainingData } from './trainingData.js';

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
  const { rows, positives } = await openTrainingData({ ...request, permuteLabels: null });
  const rate = positives / rows;
  return { rate, rows, modelBytes: exportBaseRate(request.features, rate) };
}
