import { Context } from '@temporalio/activity';
import { readColumns } from '../artifacts/columns.js';
import type { ColumnBatch } from '../domain/dataset.js';
import { TemperedError } from '../domain/errors.js';
import type { ModelDefinition } from '../domain/modelDefinition.js';
import { signatureOf } from '../domain/signature.js';
import type { InferencePool } from '../inference/pool.js';
import { scoreColumns } from '../inference/score.js';
import { expectedCalibrationError, meanLogLoss, rocAuc } from '../statistics/classification.js';

const batchRows = 4096;

export interface HeldOutScores {
  scores: Float32Array;
  /** 1 or 0. */
  labels: Float32Array;
  firstBatch: ColumnBatch;
}

/**
 * Scores every row of a held-out snapshot with a model that is loaded as `key`.
 *
 * @param onBatch - sees the rows as they pass
 * @throws TemperedError `UnusableData` where there are no rows
 */
export async function scoreHeldOut(
  inference: InferencePool,
  key: string,
  snapshotPath: string,
  { features, dataset: { target } }: ModelDefinition,
  onBatch: (batch: ColumnBatch) => void = () => undefined,
): Promise<HeldOutScores> {
  const signature = signatureOf(features);
  const scores: Float32Array[] = [];
  const labels: Float32Array[] = [];
  let firstBatch: ColumnBatch | undefined;
  for await (const batch of readColumns(snapshotPath, { features, target, batchRows })) {
    scores.push(await scoreColumns(inference, key, signature, batch));
    labels.push(labelsOf(batch, target));
    onBatch(batch);
    firstBatch ??= batch;
    Context.current().cancellationSignal.throwIfAborted();
  }
  if (firstBatch === undefined) {
    throw new TemperedError(
      'UnusableData',
      'The held-out window has no rows; choose a window that the source covers.',
    );
  }
  return { scores: concatenate(scores), labels: concatenate(labels), firstBatch };
}

/** @throws TemperedError `UnusableData` where all rows have the same target */
export function qualityOf({ scores, labels }: Pick<HeldOutScores, 'scores' | 'labels'>) {
  const positives = labels.reduce((sum, label) => sum + label, 0);
  if (positives === 0 || positives === labels.length) {
    throw new TemperedError(
      'UnusableData',
      `All ${String(labels.length)} held-out rows have the same target, so nothing can be compared on them. ` +
        'Widen the held-out window or mend the target column.',
    );
  }
  return {
    auc: rocAuc(labels, scores),
    logLoss: meanLogLoss(labels, scores),
    calibrationError: expectedCalibrationError(labels, scores),
  };
}

function labelsOf(batch: ColumnBatch, target: string): Float32Array {
  const labels = batch[target];
  if (labels instanceof Float32Array) return labels;
  throw new TemperedError('UnusableData', `The target "${target}" is not a 0/1 column of the snapshot.`);
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
