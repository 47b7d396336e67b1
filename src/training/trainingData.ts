/** The rows of a training snapshot, a batch at a time: never the whole table. */
import { readColumns } from '../artifacts/columns.js';
import type { ColumnBatch } from '../domain/dataset.js';
import { TemperedError } from '../domain/errors.js';
import type { Feature } from '../domain/feature.js';
import { createRandom } from '../statistics/random.js';

/** Rows side by side: raw features by name, and 1 or 0 for each row. */
export interface LabelledBatch {
  columns: ColumnBatch;
  labels: Uint8Array;
}

export interface TrainingData {
  rows: number;
  positives: number;
  /** All rows in order of event time, in batches of `batchRows` (the last may be shorter). The same on every call. */
  batches: (options: { batchRows: number }) => AsyncGenerator<LabelledBatch, void, void>;
}

export interface TrainingDataRequest {
  datasetPath: string;
  features: readonly Feature[];
  target: string;
  /** Gives the labels to other rows, drawn from this seed: a negative control. Null leaves them where they are. */
  permuteLabels: { seed: number } | null;
}

/** Stream of the seed from which labels are dealt out anew; epochs use the streams from 1 on. */
const permutationStream = 0;

const countingBatchRows = 65_536;

/**
 * Counts the rows of a snapshot, and opens them to any number of passes.
 *
 * @throws TemperedError `UnusableData` where the target has one class only; and, from `batches` too, as `readColumns`
 */
export async function openTrainingData(request: TrainingDataRequest): Promise<TrainingData> {
  const { datasetPath, target } = request;
  let [rows, positives] = [0, 0];
  for await (const batch of readColumns(datasetPath, {
    features: [],
    target,
    batchRows: countingBatchRows,
  })) {
    for (const label of labelsOf(batch, target)) positives += label;
    rows += labelsOf(batch, target).length;
  }
  checkBothClasses(rows, positives, target);
  return {
    rows,
    positives,
    batches: ({ batchRows }) => readBatches(request, { rows, positives }, batchRows),
  };
}

async function* readBatches(
  { datasetPath, features, target, permuteLabels }: TrainingDataRequest,
  counts: { rows: number; positives: number },
  batchRows: number,
): AsyncGenerator<LabelledBatch, void, void> {
  const deal = permuteLabels === null ? null : dealLabels(counts, permuteLabels.seed);
  for await (const columns of readColumns(datasetPath, { features, target, batchRows })) {
    const labels = Uint8Array.from(labelsOf(columns, target));
    yield { columns: without(target, columns), labels: deal === null ? labels : labels.map(deal) };
  }
}

/** The true labels stay behind: a negative control must not see them. */
function without(target: string, columns: ColumnBatch): ColumnBatch {
  return Object.fromEntries(Object.entries(columns).filter(([name]) => name !== target));
}

function labelsOf(batch: ColumnBatch, target: string): Float32Array {
  const column = batch[target];
  if (column instanceof Float32Array) return column;
  throw new TypeError(`Column "${target}" was not read as numbers.`);
}

/**
 * Deals the labels out without replacement, one row after the other: each row is a positive with the share of
 * positives among the labels that are left. That is a uniformly random permutation of the labels, in constant memory.
 */
function dealLabels({ rows, positives }: { rows: number; positives: number }, seed: number): () => number {
  const random = createRandom(seed, permutationStream);
  let [rowsLeft, positivesLeft] = [rows, positives];
  return () => {
    const label = random() * rowsLeft < positivesLeft ? 1 : 0;
    rowsLeft -= 1;
    positivesLeft -= label;
    return label;
  };
}

/** @throws TemperedError `UnusableData` where the labels are all alike, or there are none */
function checkBothClasses(rows: number, positives: number, target: string): void {
  if (positives > 0 && positives < rows) return;
  const found = rows === 0 ? 'there are no rows' : `all ${rows} rows have ${String(positives > 0)}`;
  throw new TemperedError(
    'UnusableData',
    `The target "${target}" needs rows of both classes, but ${found}. Widen training.days, or mend the target's expression.`,
  );
}
